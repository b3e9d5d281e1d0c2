package dev.acktrace.format;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Conditions of which one must hold, and what can be done with them. */
final class Alternatives {
    /** More than this are not written. */
    static final int MAX = 512;

    private Alternatives() {}

    /** Alternatives for: none of these holds; empty if they would be too many. */
    static Optional<List<Condition>> not(List<Condition> conditions) {
        List<Condition> result = List.of(Condition.ALWAYS);
        for (Condition condition : conditions) {
            List<Condition> opposite = new ArrayList<>();
            for (Comparison comparison : condition.comparisons()) {
                for (Comparison other : opposite(comparison)) {
                    opposite.add(Condition.of(other));
                }
            }
            Optional<List<Condition>> both = and(result, opposite);
            if (both.isEmpty()) {
                return both;
            }
            result = both.get();
        }
        return Optional.of(result);
    }

    /** Alternatives for: one of each holds; empty if they would be too many. */
    static Optional<List<Condition>> and(List<Condition> lefts, List<Condition> rights) {
        if ((long) lefts.size() * rights.size() > MAX) {
            return Optional.empty();
        }
        TreeSet<Condition> product = new TreeSet<>();
        for (Condition left : lefts) {
            for (Condition right : rights) {
                List<Comparison> both = new ArrayList<>(left.comparisons());
                both.addAll(right.comparisons());
                Condition condition = new Condition(both);
                if (condition.comparisons().stream().noneMatch(Comparison::neverTrue)) {
                    product.add(condition);
                }
            }
        }
        return Optional.of(List.copyOf(product));
    }

    /** Comparisons of which one holds exactly when the given one does not. */
    private static List<Comparison> opposite(Comparison c) {
        return switch (c.operator()) {
            case EQ -> List.of(with(c, Operator.NE));
            case NE -> List.of(with(c, Operator.EQ));
            case LT -> List.of(with(c, Operator.GE));
            case GE -> List.of(with(c, Operator.LT));
            case LE -> List.of(with(c, Operator.GT));
            case GT -> List.of(with(c, Operator.LE));
            case MASKED_EQ -> oppositeBits(c);
        };
    }

    private static Comparison with(Comparison c, Operator operator) {
        return new Comparison(c.index(), operator, c.bits(), c.mask(), c.value());
    }

    private static List<Comparison> oppositeBits(Comparison c) {
        List<Comparison> one = new ArrayList<>();
        for (long rest = c.mask(); rest != 0; rest &= rest - 1) {
            long bit = rest & -rest;
            one.add(new Comparison(c.index(), Operator.MASKED_EQ, c.bits(), bit, ~c.value() & bit));
        }
        return one;
    }
}
