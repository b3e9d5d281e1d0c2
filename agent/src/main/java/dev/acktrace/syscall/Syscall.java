package dev.acktrace.syscall;

/**
 * One entry of one table.
 *
 * @param abi the table
 * @param number the table's number, without x32's bit 30; it need not be known
 */
public record Syscall(Abi abi, int number) implements Comparable<Syscall> {
    /** Name, or the number in decimal digits where the table has none. */
    public String name() {
        return SyscallTable.of(abi).display(number);
    }

    @Override
    public int compareTo(Syscall other) {
        int byAbi = abi.compareTo(other.abi);
        return byAbi != 0 ? byAbi : Integer.compareUnsigned(number, other.number);
    }

    @Override
    public String toString() {
        return abi.label() + ":" + name();
    }
}
