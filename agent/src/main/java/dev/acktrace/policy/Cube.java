package dev.acktrace.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All 64-bit values whose bits under a mask are given ones. Every comparison is a union of disjoint cubes.
 *
 * @param mask the bits that are given
 * @param value their values; 0 elsewhere
 */
public record Cube(long mask, long value) {
    /** All values. */
    public static final Cube ALL = new Cube(0, 0);

    public Cube {
        value &= mask;
    }

    /** Values that are in both; empty if there are none. */
    public Optional<Cube> intersect(Cube other) {
        if (((value ^ other.value) & mask & other.mask) != 0) {
            return Optional.empty();
        }
        return Optional.of(new Cube(mask | other.mask, value | other.value));
    }

    public boolean contains(long argument) {
        return (argument & mask) == value;
    }

    /** Disjoint cubes that hold exactly the values that pass a comparison. */
    public static List<Cube> of(Comparison comparison) {
        long all = comparison.bits() == 32 ? 0xFFFF_FFFFL : -1L;
        long value = comparison.value();
        return switch (comparison.operator()) {
            case EQ -> List.of(new Cube(all, value));
            case MASKED_EQ -> List.of(new Cube(comparison.mask(), value));
            case NE -> differing(all, value);
            case LT -> below(all, value, false);
            case LE -> below(all, value, true);
            case GT -> above(all, value, false);
            case GE -> above(all, value, true);
        };
    }

    private static List<Cube> differing(long all, long value) {
        List<Cube> cubes = new ArrayList<>(below(all, value, false));
        cubes.addAll(above(all, value, false));
        return cubes;
    }

    private static List<Cube> below(long all, long value, boolean equal) {
        List<Cube> cubes = new ArrayList<>();
        for (int bit = Long.SIZE - 1; bit >= 0; bit--) {
            long one = 1L << bit;
            if ((all & one) != 0 && (value & one) != 0) {
                cubes.add(new Cube(all & -one, value & -one & ~one));
            }
        }
        if (equal) {
            cubes.add(new Cube(all, value));
        }
        return cubes;
    }

    private static List<Cube> above(long all, long value, boolean equal) {
        List<Cube> cubes = new ArrayList<>();
        for (int bit = Long.SIZE - 1; bit >= 0; bit--) {
            long one = 1L << bit;
            if ((all & one) != 0 && (value & one) == 0) {
                cubes.add(new Cube(all & -one, (value & -one) | one));
            }
        }
        if (equal) {
            cubes.add(new Cube(all, value));
        }
        return cubes;
    }

    /** The comparison that holds for exactly these values of an argument. */
    public Comparison comparison(int index) {
        return mask == -1L ? Comparison.of(index, Operator.EQ, value) : Comparison.masked(index, mask, value);
    }
}
