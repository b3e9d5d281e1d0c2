package dev.acktrace.policy;

import java.util.List;
import java.util.TreeSet;

/**
 * Comparisons that must all hold. The empty condition always holds. Sorted, without duplicates and without
 * comparisons that every argument passes, so that equal conditions are equal objects.
 *
 * @param comparisons the comparisons
 */
public record Condition(List<Comparison> comparisons) implements Comparable<Condition> {
    /** Always holds. */
    public static final Condition ALWAYS = new Condition(List.of());

    public Condition {
        TreeSet<Comparison> sorted = new TreeSet<>();
        for (Comparison comparison : comparisons) {
            if (!comparison.alwaysTrue()) {
                sorted.add(comparison);
            }
        }
        comparisons = List.copyOf(sorted);
    }

    public static Condition of(Comparison... comparisons) {
        return new Condition(List.of(comparisons));
    }

    /** Whether it holds for every call. */
    public boolean always() {
        return comparisons.isEmpty();
    }

    /** Whether it holds for these arguments. */
    public boolean test(SeccompData call) {
        for (Comparison comparison : comparisons) {
            if (!comparison.test(call.argument(comparison.index()))) {
                return false;
            }
        }
        return true;
    }

    /** The same condition on the low 32 bits of every argument. */
    public Condition narrowed() {
        return new Condition(comparisons.stream().map(Comparison::narrowed).toList());
    }

    @Override
    public int compareTo(Condition other) {
        int common = Math.min(comparisons.size(), other.comparisons.size());
        for (int i = 0; i < common; i++) {
            int order = comparisons.get(i).compareTo(other.comparisons.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(comparisons.size(), other.comparisons.size());
    }

    @Override
    public String toString() {
        if (always()) {
            return "always";
        }
        return String.join(
                " && ", comparisons.stream().map(Comparison::toString).toList());
    }
}
