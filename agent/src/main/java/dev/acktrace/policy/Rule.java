package dev.acktrace.policy;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What happens to one call under one condition.
 *
 * @param call name, or decimal digits for a number without a name
 * @param abis the ABIs it holds for, sorted; empty: all that the policy covers and that have the call
 * @param condition when
 * @param action what then
 */
public record Rule(String call, List<Abi> abis, Condition condition, Action action) implements Comparable<Rule> {
    private static final Comparator<Rule> ORDER = Comparator.comparing(Rule::call)
            .thenComparing(Rule::condition)
            .thenComparing(Rule::action)
            .thenComparing(rule -> rule.abis().toString());

    public Rule {
        Set<Abi> sorted = abis.isEmpty() ? EnumSet.noneOf(Abi.class) : EnumSet.copyOf(abis);
        abis = List.copyOf(sorted);
    }

    /** A rule for all ABIs without a condition. */
    public static Rule of(String call, Action action) {
        return new Rule(call, List.of(), Condition.ALWAYS, action);
    }

    /** A rule for all ABIs. */
    public static Rule of(String call, Condition condition, Action action) {
        return new Rule(call, List.of(), condition, action);
    }

    /** The table's number that the rule is about on an ABI; empty if it does not apply there. */
    public OptionalInt number(Abi abi) {
        if (!abis.isEmpty() && !abis.contains(abi)) {
            return OptionalInt.empty();
        }
        return SyscallTable.of(abi).parse(call);
    }

    @Override
    public int compareTo(Rule other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        String where = abis.isEmpty() ? "" : abis.stream().map(Abi::label).collect(Collectors.joining(",", " on ", ""));
        return call + where + ": " + condition + " -> " + action;
    }
}
