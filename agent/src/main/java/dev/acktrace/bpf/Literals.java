package dev.acktrace.bpf;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Operator;
import java.util.ArrayList;
import java.util.List;

/** Says sets of values of one argument with comparisons. */
final class Literals {
    private static final long LOW = 0xFFFF_FFFFL;

    private final int index;
    private final Half high;
    private final Half low;

    Literals(int index, Half high, Half low) {
        this.index = index;
        this.high = high;
        this.low = low;
    }

    /** Alternatives that together hold for the values whose halves are in two pieces. */
    List<List<Comparison>> product(Half.Piece upper, Half.Piece lower) {
        List<List<Comparison>> result = new ArrayList<>();
        for (Bits above : alternatives(high, upper)) {
            for (Bits below : alternatives(low, lower)) {
                result.add(conjunction(above, below));
            }
        }
        return result;
    }

    /** A range of words and bits that they have; {@code mask} 0 if the bits do not matter. */
    private record Bits(long least, long most, int mask, int value) {
        boolean single() {
            return least == most;
        }

        boolean ranged() {
            return least != 0 || most != LOW;
        }
    }

    /** A mask that does not hold is said by one bit after the other. */
    private static List<Bits> alternatives(Half half, Half.Piece piece) {
        long least = half.first(piece.least());
        long most = half.last(piece.most());
        int mask = 0;
        int value = 0;
        for (int cube : piece.in()) {
            mask |= half.cube(cube).first();
            value |= half.cube(cube).second();
        }
        List<Bits> result = List.of(new Bits(least, most, mask, value));
        for (int cube : piece.out()) {
            result = without(result, half.cube(cube));
        }
        return result;
    }

    private static List<Bits> without(List<Bits> all, WordSet cube) {
        List<Bits> result = new ArrayList<>();
        for (Bits bits : all) {
            int decided = cube.first() & bits.mask();
            if (((cube.second() ^ bits.value()) & decided) != 0) {
                result.add(bits);
                continue;
            }
            for (int left = cube.first() & ~bits.mask(); left != 0; left &= left - 1) {
                int bit = Integer.lowestOneBit(left);
                result.add(
                        new Bits(bits.least(), bits.most(), bits.mask() | bit, bits.value() | (~cube.second() & bit)));
            }
            if (result.size() > Cover.MOST) {
                throw new TooComplex("more than " + Cover.MOST + " cases of one argument");
            }
        }
        return result;
    }

    private List<Comparison> conjunction(Bits above, Bits below) {
        List<Comparison> all = new ArrayList<>();
        if (above.single()) {
            long upper = above.least() << 32;
            if (below.ranged()) {
                all.addAll(between(upper | below.least(), upper | below.most()));
            }
            if (!below.ranged() || (below.mask() != 0 && !below.single())) {
                all.add(masked(LOW << 32, below.mask(), upper, below.value()));
            }
            return all;
        }
        if (above.ranged()) {
            all.addAll(between(above.least() << 32, above.most() << 32 | LOW));
        }
        if (above.mask() == 0) {
            narrow(below, all);
            return all;
        }
        long mask = Integer.toUnsignedLong(above.mask()) << 32;
        long value = Integer.toUnsignedLong(above.value()) << 32;
        if (below.ranged()) {
            all.add(masked(mask, 0, value, 0));
            narrow(below, all);
        } else {
            all.add(masked(mask, below.mask(), value, below.value()));
        }
        return all;
    }

    private Comparison masked(long upperMask, int lowerMask, long upperValue, int lowerValue) {
        return Comparison.masked(
                index, upperMask | Integer.toUnsignedLong(lowerMask), upperValue | Integer.toUnsignedLong(lowerValue));
    }

    private void narrow(Bits bits, List<Comparison> all) {
        if (bits.single()) {
            all.add(Comparison.narrow(index, Operator.EQ, bits.least()));
            return;
        }
        if (bits.least() > 0) {
            all.add(Comparison.narrow(index, Operator.GE, bits.least()));
        }
        if (bits.most() < LOW) {
            all.add(Comparison.narrow(index, Operator.LE, bits.most()));
        }
        if (bits.mask() != 0) {
            all.add(new Comparison(
                    index,
                    Operator.MASKED_EQ,
                    32,
                    Integer.toUnsignedLong(bits.mask()),
                    Integer.toUnsignedLong(bits.value())));
        }
    }

    /** A range of 64-bit values. */
    List<Comparison> between(long least, long most) {
        if (least == most) {
            return List.of(Comparison.of(index, Operator.EQ, least));
        }
        List<Comparison> all = new ArrayList<>();
        if (least != 0) {
            all.add(Comparison.of(index, Operator.GE, least));
        }
        if (most != -1L) {
            all.add(Comparison.of(index, Operator.LE, most));
        }
        return all;
    }

    Comparison not(long value) {
        return Comparison.of(index, Operator.NE, value);
    }

    Comparison notLow(long value) {
        return Comparison.narrow(index, Operator.NE, value);
    }
}
