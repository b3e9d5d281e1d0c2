package dev.acktrace.wire;

/** {@code enum wire_text}: what the bytes of a text are. */
public enum TextKind {
    /** Unknown. */
    NONE(0, "none"),
    /** Path of an executed file. */
    IMAGE(1, "image"),
    /** Path argument. */
    PATH(2, "path"),
    /** {@code struct sockaddr}. */
    SOCKADDR(3, "sockaddr"),
    /** Mapped file that holds the instruction pointer. */
    SITE(4, "site"),
    /** comm of the task. */
    COMMAND(5, "command"),
    /** A caller: 8 bytes offset in a mapped file, little endian, then the file's name. */
    FRAME(6, "frame");

    private static final TextKind[] ALL = values();

    private final int number;
    private final String key;

    TextKind(int number, String key) {
        this.number = number;
        this.key = key;
    }

    /** The kind of a number; {@link #NONE} for unknown ones. */
    public static TextKind of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : NONE;
    }

    /** Name in recordings. */
    public String key() {
        return key;
    }

    /** The number in {@code wire.h}. */
    int number() {
        return number;
    }
}
