package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Operator;
import dev.acktrace.syscall.Facts;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a format can say, from {@code formats/formats.csv}.
 *
 * @param operators tests of arguments; empty if there are none
 * @param widths bits that a test can look at: 32, 64, both or none
 * @param repeats whether one argument may be tested twice in one rule
 * @param defaults actions for calls that no rule fits
 * @param actions actions of rules
 * @param severalAbis whether one file covers several ABIs
 * @param rulesPerAbi whether a rule can be for one of them
 * @param unnamedCalls whether a call can be given by number
 * @param flags whether flags of the installation can be asked for
 * @param listener whether the supervisor's socket can be named
 * @param largest the largest value of a test, unsigned
 */
public record Capabilities(
        Set<Operator> operators,
        Set<Integer> widths,
        boolean repeats,
        Set<Action.Kind> defaults,
        Set<Action.Kind> actions,
        boolean severalAbis,
        boolean rulesPerAbi,
        boolean unnamedCalls,
        boolean flags,
        boolean listener,
        long largest) {

    /** The row of a format. */
    public static Capabilities of(String format) {
        Capabilities row = Table.ROWS.get(format);
        if (row == null) {
            throw new IllegalArgumentException("formats.csv has no row for " + format);
        }
        return row;
    }

    /** Whether arguments can be tested at all. */
    public boolean arguments() {
        return !operators.isEmpty();
    }

    private static final class Table {
        static final Map<String, Capabilities> ROWS = new LinkedHashMap<>();

        static {
            for (String row : Facts.rows("formats/formats.csv")) {
                List<String> fields = Facts.split(row, ',');
                ROWS.put(fields.get(0), parse(fields));
            }
        }

        private static Capabilities parse(List<String> fields) {
            Set<Operator> operators = EnumSet.noneOf(Operator.class);
            words(fields.get(1)).forEach(word -> operators.add(Operator.valueOf(word)));
            String largest = fields.get(11);
            return new Capabilities(
                    operators,
                    Set.copyOf(
                            words(fields.get(2)).stream().map(Integer::valueOf).toList()),
                    yes(fields.get(3)),
                    kinds(fields.get(4)),
                    kinds(fields.get(5)),
                    fields.get(6).equals("several"),
                    yes(fields.get(7)),
                    yes(fields.get(8)),
                    yes(fields.get(9)),
                    yes(fields.get(10)),
                    largest.equals("none") ? 0 : Long.parseUnsignedLong(largest));
        }

        private static List<String> words(String field) {
            return field.equals("none") ? List.of() : Facts.split(field, ' ');
        }

        private static boolean yes(String field) {
            return field.equals("yes");
        }

        private static Set<Action.Kind> kinds(String field) {
            Set<Action.Kind> kinds = EnumSet.noneOf(Action.Kind.class);
            words(field).forEach(word -> kinds.add(Action.Kind.valueOf(word)));
            return kinds;
        }
    }
}
