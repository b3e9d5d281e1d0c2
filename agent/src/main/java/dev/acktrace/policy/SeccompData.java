package dev.acktrace.policy;

import dev.acktrace.syscall.Abi;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One system call as a filter sees it: {@code struct seccomp_data} of {@code linux/seccomp.h}. Immutable. */
public final class SeccompData {
    /** Bytes of the structure. */
    public static final int SIZE = 64;

    private final int arch;
    private final int number;
    private final long instructionPointer;
    private final long[] arguments;

    /**
     * A call.
     *
     * @param arch {@code AUDIT_ARCH_*}
     * @param number as the kernel has it, x32's bit included
     * @param instructionPointer address after the instruction
     * @param arguments at most six; those that are missing are 0
     */
    public SeccompData(int arch, int number, long instructionPointer, long... arguments) {
        if (arguments.length > 6) {
            throw new IllegalArgumentException(arguments.length + " arguments; a call has at most six");
        }
        this.arch = arch;
        this.number = number;
        this.instructionPointer = instructionPointer;
        this.arguments = Arrays.copyOf(arguments, 6);
    }

    /** A call by its table number; the instruction pointer is 0. */
    public static SeccompData of(Abi abi, int number, long... arguments) {
        return new SeccompData(abi.auditArch(), abi.raw(number), 0, arguments);
    }

    public int arch() {
        return arch;
    }

    public int number() {
        return number;
    }

    public long instructionPointer() {
        return instructionPointer;
    }

    public long argument(int index) {
        return arguments[index];
    }

    /** The ABI; empty for an architecture that is not in the tables. */
    public Optional<Abi> abi() {
        return Abi.of(arch, number);
    }

    /**
     * A 32-bit word of the structure in the byte order of its architecture.
     *
     * @param offset 0, 4, … 60
     */
    public int word(int offset) {
        if (offset == 0) {
            return number;
        }
        if (offset == 4) {
            return arch;
        }
        long wide = offset < 16 ? instructionPointer : arguments[(offset - 16) / 8];
        boolean first = offset % 8 == 0;
        return (int) (first == littleEndian(arch) ? wide : wide >>> 32);
    }

    /** Whether an audit architecture is little endian: {@code __AUDIT_ARCH_LE}. */
    public static boolean littleEndian(int arch) {
        return (arch & 0x40000000) != 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SeccompData that
                && arch == that.arch
                && number == that.number
                && instructionPointer == that.instructionPointer
                && Arrays.equals(arguments, that.arguments);
    }

    @Override
    public int hashCode() {
        return Objects.hash(arch, number, instructionPointer, Arrays.hashCode(arguments));
    }

    @Override
    public String toString() {
        String name = abi().map(Abi::label).orElse("0x" + Integer.toHexString(arch));
        return name + " " + Integer.toUnsignedString(number) + " "
                + Arrays.stream(arguments).mapToObj(Long::toUnsignedString).toList();
    }
}
