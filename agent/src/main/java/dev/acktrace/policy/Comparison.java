package dev.acktrace.policy;

import java.util.Comparator;

/**
 * One test of one argument. Values are unsigned.
 *
 * @param index which argument, 0 to 5
 * @param operator the operator
 * @param bits how many low bits of the argument take part: 32 or 64
 * @param mask for {@link Operator#MASKED_EQ} the bits that are compared; all ones for the other operators
 * @param value what is compared with; cut to {@code bits} and {@code mask}
 */
public record Comparison(int index, Operator operator, int bits, long mask, long value)
        implements Comparable<Comparison> {
    private static final Comparator<Comparison> ORDER = Comparator.comparingInt(Comparison::index)
            .thenComparing(Comparison::operator)
            .thenComparing(Comparison::value, Long::compareUnsigned)
            .thenComparing(Comparison::mask, Long::compareUnsigned)
            .thenComparingInt(Comparison::bits);

    public Comparison {
        if (index < 0 || index > 5) {
            throw new IllegalArgumentException("argument index " + index + " is not 0 to 5");
        }
        if (bits != 32 && bits != 64) {
            throw new IllegalArgumentException("width " + bits + " is neither 32 nor 64");
        }
        long all = all(bits);
        mask = operator == Operator.MASKED_EQ ? mask & all : all;
        value &= mask;
    }

    private static long all(int bits) {
        return bits == 32 ? 0xFFFF_FFFFL : -1L;
    }

    /** A comparison of all 64 bits, as OCI means it. */
    public static Comparison of(int index, Operator operator, long value) {
        return new Comparison(index, operator, 64, -1L, value);
    }

    /** A comparison of the low 32 bits. */
    public static Comparison narrow(int index, Operator operator, long value) {
        return new Comparison(index, operator, 32, -1L, value);
    }

    /** {@code (argument & mask) == (value & mask)} on all 64 bits. */
    public static Comparison masked(int index, long mask, long value) {
        return new Comparison(index, Operator.MASKED_EQ, 64, mask, value);
    }

    /** The same test on the low 32 bits; operands are cut, as libseccomp does for 32-bit ABIs. */
    public Comparison narrowed() {
        return bits == 32 ? this : new Comparison(index, operator, 32, mask, value);
    }

    /** Whether an argument passes. */
    public boolean test(long argument) {
        long seen = argument & mask;
        int order = Long.compareUnsigned(seen, value);
        return switch (operator) {
            case EQ, MASKED_EQ -> order == 0;
            case NE -> order != 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case GE -> order >= 0;
            case GT -> order > 0;
        };
    }

    /** Whether every argument passes. */
    public boolean alwaysTrue() {
        return switch (operator) {
            case MASKED_EQ -> mask == 0;
            case GE -> value == 0;
            case LE -> value == all(bits);
            default -> false;
        };
    }

    /** Whether no argument passes. */
    public boolean neverTrue() {
        return switch (operator) {
            case LT -> value == 0;
            case GT -> value == all(bits);
            default -> false;
        };
    }

    @Override
    public int compareTo(Comparison other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        String name = "arg" + index + (bits == 32 ? ":32" : "");
        if (operator == Operator.MASKED_EQ) {
            return "(" + name + " & 0x" + Long.toHexString(mask) + ") == 0x" + Long.toHexString(value);
        }
        return name + " " + operator.symbol() + " " + Long.toUnsignedString(value);
    }
}
