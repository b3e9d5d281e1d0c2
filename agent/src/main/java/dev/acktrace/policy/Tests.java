package dev.acktrace.policy;

import java.util.ArrayList;
import java.util.List;

/** The comparisons that one test of an expression makes, as alternatives. */
final class Tests {
    private final int index;
    private final int bits;
    private final long mask;

    /** Tests of an argument, or of some bits of it. */
    Tests(int index, int bits, long mask) {
        this.index = index;
        this.bits = bits;
        this.mask = bits == 32 ? mask & 0xFFFF_FFFFL : mask;
    }

    private long all() {
        return bits == 32 ? 0xFFFF_FFFFL : -1L;
    }

    private List<Comparison> one(Operator operator, long value) {
        return List.of(new Comparison(index, operator, bits, -1L, value));
    }

    private List<Comparison> masked(long some, long value) {
        return List.of(new Comparison(index, Operator.MASKED_EQ, bits, some, value));
    }

    List<List<Comparison>> equal(long value) {
        if (mask == all()) {
            return List.of(one(Operator.EQ, value));
        }
        return (value & ~mask) != 0 ? List.of() : List.of(masked(mask, value));
    }

    List<List<Comparison>> different(long value) {
        if (mask == all()) {
            return List.of(one(Operator.NE, value));
        }
        if ((value & ~mask) != 0) {
            return List.of(List.of());
        }
        List<List<Comparison>> alternatives = new ArrayList<>();
        for (long left = mask; left != 0; left &= left - 1) {
            long bit = Long.lowestOneBit(left);
            alternatives.add(masked(bit, ~value & bit));
        }
        return alternatives;
    }

    List<List<Comparison>> ordered(String sign, long value, boolean negated) {
        Operator operator = switch (sign) {
            case "<" -> negated ? Operator.GE : Operator.LT;
            case "<=" -> negated ? Operator.GT : Operator.LE;
            case ">" -> negated ? Operator.LE : Operator.GT;
            default -> negated ? Operator.LT : Operator.GE;
        };
        return List.of(one(operator, value));
    }

    List<List<Comparison>> oneOf(List<Long> values, boolean negated) {
        if (negated) {
            List<Comparison> none = new ArrayList<>();
            values.forEach(value -> none.addAll(one(Operator.NE, value)));
            return List.of(none);
        }
        List<List<Comparison>> alternatives = new ArrayList<>();
        values.forEach(value -> alternatives.add(one(Operator.EQ, value)));
        return alternatives;
    }
}
