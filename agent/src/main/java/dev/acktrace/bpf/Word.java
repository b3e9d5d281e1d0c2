package dev.acktrace.bpf;

/**
 * The sixteen 32-bit words of {@code seccomp_data}, in the order in which decisions look at them: architecture,
 * number, arguments (second half before the first, which is the high half on little endian), instruction pointer.
 */
final class Word {
    static final int ARCH = 0;
    static final int NUMBER = 1;
    static final int COUNT = 16;

    private static final int ARGUMENTS = 2;
    private static final int POINTER = 14;

    private Word() {}

    static int ofOffset(int offset) {
        if (offset == 4) {
            return ARCH;
        }
        if (offset == 0) {
            return NUMBER;
        }
        int half = offset % 8 == 4 ? 0 : 1;
        return offset < 16 ? POINTER + half : ARGUMENTS + (offset - 16) / 8 * 2 + half;
    }

    static int offset(int word) {
        if (word == ARCH) {
            return 4;
        }
        if (word == NUMBER) {
            return 0;
        }
        int half = word % 2 == 0 ? 4 : 0;
        return word >= POINTER ? 8 + half : 16 + (word - ARGUMENTS) / 2 * 8 + half;
    }

    /** The high half of an argument. */
    static int high(int argument, boolean littleEndian) {
        return ARGUMENTS + argument * 2 + (littleEndian ? 0 : 1);
    }

    /** The low half of an argument. */
    static int low(int argument, boolean littleEndian) {
        return ARGUMENTS + argument * 2 + (littleEndian ? 1 : 0);
    }
}
