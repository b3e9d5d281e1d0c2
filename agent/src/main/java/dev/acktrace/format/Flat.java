package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Action.Kind;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A policy on one ABI, call by call, with actions that a format has. For each call the rules are in the order in which
 * the first that fits decides: one without a condition stands alone, others begin with the most restrictive.
 *
 * @param abi the ABI
 * @param otherwise the answer to calls without a rule that fits
 * @param calls rules by name; by decimal number for a call without a name
 */
record Flat(Abi abi, Action otherwise, SortedMap<String, List<Rule>> calls) {
    private static final Comparator<Rule> FIRST_WINS =
            Comparator.comparing(Rule::action).thenComparing(Rule::condition);

    /** The policy as it is, on one of its ABIs. */
    static Flat of(Policy policy, Abi abi) {
        SyscallTable table = SyscallTable.of(abi);
        Set<Integer> numbers = new TreeSet<>();
        for (Rule rule : policy.rules()) {
            OptionalInt number = rule.number(abi);
            number.ifPresent(numbers::add);
        }
        SortedMap<String, List<Rule>> calls = new TreeMap<>();
        for (int number : numbers) {
            calls.put(table.display(number), ordered(policy.rulesFor(abi, number)));
        }
        return new Flat(abi, policy.defaultAction(), calls);
    }

    private static List<Rule> ordered(List<Rule> rules) {
        for (Rule rule : rules) {
            if (rule.condition().always()) {
                return List.of(rule);
            }
        }
        return rules.stream().sorted(FIRST_WINS).toList();
    }

    /** The policy with the actions and calls that a format has; what is lost by that is added to the losses. */
    static Flat of(Policy policy, Abi abi, Capabilities able, Losses losses) {
        Flat exact = of(policy, abi);
        Action otherwise = otherwise(exact.otherwise(), able, losses);
        SortedMap<String, List<Rule>> calls = new TreeMap<>();
        exact.calls().forEach((call, rules) -> {
            if (!able.unnamedCalls() && !SyscallTable.known(call)) {
                lose(call, rules, otherwise, losses);
                return;
            }
            List<Rule> kept = new ArrayList<>();
            for (Rule rule : rules) {
                kept.add(new Rule(
                        call, List.of(), rule.condition(), substitute(call, rule.action(), able.actions(), losses)));
            }
            calls.put(call, ordered(kept));
        });
        return new Flat(abi, otherwise, calls);
    }

    /** A format that has no default of its own that executes must list all calls; then it stays as it is. */
    private static Action otherwise(Action wanted, Capabilities able, Losses losses) {
        boolean listed = Substitution.executes(wanted)
                && able.defaults().stream().noneMatch(kind -> Substitution.executes(new Action(kind, 0)));
        return substitute("calls without a rule", wanted, listed ? able.actions() : able.defaults(), losses);
    }

    private static Action substitute(String what, Action wanted, Set<Kind> able, Losses losses) {
        Action written = Substitution.nearest(wanted, able);
        if (!written.equals(wanted)) {
            losses.differs(what + ": the answer " + wanted + " cannot be said; " + written + " is written");
        }
        return written;
    }

    private static void lose(String call, List<Rule> rules, Action otherwise, Losses losses) {
        String message = "call " + call + " has no name, and the format has no numbers; it is left out";
        boolean refused = rules.stream().anyMatch(rule -> !Substitution.executes(rule.action()));
        if (refused && Substitution.executes(otherwise)) {
            losses.widens(message);
        } else {
            losses.differs(message);
        }
    }

    /** Whether calls without a rule are executed. */
    boolean permissive() {
        return Substitution.executes(otherwise);
    }

    /** Reports the ABIs, flags and listener that the format cannot name. */
    static void envelope(Policy policy, Abi written, Capabilities able, Losses losses) {
        if (!able.severalAbis()) {
            for (Abi abi : policy.architectures()) {
                if (abi != written) {
                    losses.differs("architecture " + abi.label() + ": the file covers " + written.label() + " only");
                }
            }
        }
        if (!able.flags()) {
            for (FilterFlag flag : new TreeSet<>(policy.flags().orElse(Set.of()))) {
                losses.differs(flag.ociName() + ": who loads the file decides about flags");
            }
        }
        if (!able.listener() && policy.listener().isPresent()) {
            losses.differs("listenerPath: the file cannot name the supervisor's socket");
        }
    }

    /** The decision of each call without looking at arguments, as formats without tests have to write it. */
    Map<String, Action> withoutArguments(Set<String> keptOtherwise, Losses losses) {
        Map<String, Action> decisions = new TreeMap<>();
        calls.forEach((call, rules) -> {
            Rule first = rules.get(0);
            if (first.condition().always()) {
                decisions.put(call, first.action());
            } else if (rules.stream().anyMatch(rule -> Substitution.executes(rule.action()))) {
                decisions.put(call, Action.ALLOW);
                if (!keptOtherwise.contains(call)) {
                    losses.widens(call + ": no tests of arguments; it is allowed with all of them");
                }
            } else if (permissive()) {
                if (!keptOtherwise.contains(call)) {
                    losses.widens(call + ": no tests of arguments, so it cannot be refused for some; it is allowed");
                }
            } else {
                losses.differs(call + ": no tests of arguments; it is answered by " + otherwise);
            }
        });
        return decisions;
    }
}
