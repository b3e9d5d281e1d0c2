package dev.acktrace.it;

import java.util.Comparator;

/** One system call of one ABI; {@code number} is the kernel's, 32 bits unsigned, without the x32 bit. */
record Call(Abi abi, long number, String name) implements Comparable<Call> {
    /** Bit 30, which marks a number as x32. */
    static final long X32_BIT = 0x4000_0000L;

    private static final Comparator<Call> ORDER =
            Comparator.comparing(Call::abi).thenComparingLong(Call::number).thenComparing(Call::name);

    @Override
    public int compareTo(Call other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return abi == Abi.X86_64 ? name : abi + ":" + name;
    }
}
