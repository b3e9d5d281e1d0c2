package dev.acktrace.format;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Cube;
import dev.acktrace.policy.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Says a condition with what OCI has: comparisons of 64 bits, each argument at most once in an entry. Whatever does
 * not fit is written as alternatives of masked comparisons.
 */
final class OciConditions {
    /** More alternatives than this are not written. */
    static final int MAX_ALTERNATIVES = 4096;

    private OciConditions() {}

    /** Alternatives that together hold exactly when the condition does; empty if they would be too many. */
    static Optional<List<Condition>> alternatives(Condition condition) {
        Map<Integer, List<Comparison>> byIndex = new TreeMap<>();
        for (Comparison comparison : condition.comparisons()) {
            byIndex.computeIfAbsent(comparison.index(), i -> new ArrayList<>()).add(comparison);
        }
        List<List<Comparison>> result = List.of(List.of());
        for (Map.Entry<Integer, List<Comparison>> argument : byIndex.entrySet()) {
            List<Comparison> choices = choices(argument.getKey(), argument.getValue());
            if ((long) choices.size() * result.size() > MAX_ALTERNATIVES) {
                return Optional.empty();
            }
            result = product(result, choices);
        }
        return Optional.of(result.stream().map(Condition::new).toList());
    }

    private static List<Comparison> choices(int index, List<Comparison> all) {
        if (all.size() == 1 && (all.get(0).bits() == 64 || all.get(0).operator() == Operator.MASKED_EQ)) {
            Comparison only = all.get(0);
            return List.of(new Comparison(index, only.operator(), 64, only.mask(), only.value()));
        }
        List<Cube> cubes = List.of(Cube.ALL);
        for (Comparison comparison : all) {
            List<Cube> both = new ArrayList<>();
            for (Cube left : cubes) {
                for (Cube right : Cube.of(comparison)) {
                    left.intersect(right).ifPresent(both::add);
                }
            }
            cubes = both;
        }
        return cubes.stream().map(cube -> cube.comparison(index)).toList();
    }

    private static List<List<Comparison>> product(List<List<Comparison>> lefts, List<Comparison> rights) {
        List<List<Comparison>> product = new ArrayList<>(lefts.size() * rights.size());
        for (List<Comparison> left : lefts) {
            for (Comparison right : rights) {
                List<Comparison> both = new ArrayList<>(left);
                both.add(right);
                product.add(both);
            }
        }
        return product;
    }
}
