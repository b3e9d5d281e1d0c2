package dev.acktrace.format;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Facts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The socket families that a policy singles out, for formats that filter by them.
 *
 * @param numbers {@code AF_*}, allowed or refused
 * @param refused whether they are refused and others allowed
 * @param exact whether that is all that the rules of {@code socket} say
 */
record Families(SortedSet<Integer> numbers, boolean refused, boolean exact) {
    /** Names, from {@code families.csv}. */
    record Name(String constant, String firejail) {}

    /** The families of the rules of {@code socket}; empty if these do not single out families. */
    static Optional<Families> of(Flat flat) {
        List<Rule> rules = flat.calls().getOrDefault("socket", List.of());
        SortedSet<Integer> numbers = new TreeSet<>();
        boolean exact = true;
        for (Rule rule : rules) {
            Optional<Comparison> family = rule.condition().comparisons().stream()
                    .filter(comparison -> comparison.index() == 0 && comparison.operator() == Operator.EQ)
                    .findFirst();
            boolean says = family.isPresent() && Substitution.executes(rule.action()) != flat.permissive();
            if (!says || !NAMES.containsKey((int) family.get().value())) {
                return Optional.empty();
            }
            numbers.add((int) family.get().value());
            exact &= rule.condition().comparisons().size() == 1;
        }
        // A refusal of one family with one protocol would become one of the family.
        boolean usable = !numbers.isEmpty() && (exact || !flat.permissive());
        return usable ? Optional.of(new Families(numbers, flat.permissive(), exact)) : Optional.empty();
    }

    /** {@code AF_*} in the order of the numbers. */
    List<String> constants() {
        return numbers.stream().map(number -> name(number).constant()).toList();
    }

    /** The names of firejail; empty if it does not know all of them. */
    Optional<List<String>> firejail() {
        List<String> names =
                numbers.stream().map(number -> name(number).firejail()).toList();
        return names.contains("") ? Optional.empty() : Optional.of(names);
    }

    private static Name name(int number) {
        Name name = NAMES.get(number);
        if (name == null) {
            throw new IllegalStateException("family " + number + " has no name");
        }
        return name;
    }

    private static final Map<Integer, Name> NAMES = new HashMap<>();

    static {
        for (String row : Facts.rows("formats/families.csv")) {
            List<String> fields = Facts.split(row, ',');
            NAMES.put(Integer.parseInt(fields.get(1)), new Name(fields.get(0), fields.get(2)));
        }
    }
}
