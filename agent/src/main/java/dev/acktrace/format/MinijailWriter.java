package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes a policy for minijail, in what its loader and its compiler both read, and read alike: {@code 1}, alternatives
 * of tests that must all hold, or {@code return ERRNO}. (Tests with an errno behind them are not among that: for the
 * loader they say when the call is allowed, for the compiler when it is refused.) A call that is not listed kills; so a permissive default is written as a list
 * of every known call.
 */
final class MinijailWriter {
    private static final long SIGN = 0x8000_0000L;
    private static final long SIGNS = 0xFFFF_FFFF_0000_0000L;

    private final Flat flat;
    /** The answer to a listed call whose tests fail. */
    private final Action otherwise;

    private final Losses losses;

    private MinijailWriter(Flat flat, Action otherwise, Losses losses) {
        this.flat = flat;
        this.otherwise = otherwise;
        this.losses = losses;
    }

    static Document write(Policy policy, Abi abi) {
        Capabilities able = Capabilities.of("minijail");
        Losses losses = new Losses();
        Flat.envelope(policy, abi, able, losses);
        Flat flat = Flat.of(policy, abi, able, losses);
        boolean errno = policy.defaultAction().kind() == Action.Kind.ERRNO;
        Action otherwise = errno ? policy.defaultAction() : flat.otherwise();
        return Document.of(new MinijailWriter(flat, otherwise, losses).text(), losses);
    }

    private String text() {
        SortedMap<String, String> lines = new TreeMap<>();
        flat.calls().forEach((call, rules) -> line(call, rules).ifPresent(line -> lines.put(call, line)));
        if (flat.permissive()) {
            losses.differs("default: calls that are newer than this list are killed");
            for (String call : SyscallTable.of(flat.abi()).names()) {
                if (!flat.calls().containsKey(call)) {
                    lines.put(call, "1");
                }
            }
        }
        StringBuilder text = new StringBuilder("# Policy for minijail0 -S, architecture "
                + flat.abi().label() + ".\n# Calls that are not listed kill the process.\n");
        for (Map.Entry<String, String> line : lines.entrySet()) {
            text.append(line.getKey()).append(": ").append(line.getValue()).append('\n');
        }
        return text.toString();
    }

    /** What stands behind the call's name; empty if the call is not listed. */
    private Optional<String> line(String call, List<Rule> rules) {
        Rule first = rules.get(0);
        if (first.condition().always()) {
            return first.action().kind() == Action.Kind.ALLOW ? Optional.of("1") : refusal(first.action());
        }
        List<Condition> allowed = conditions(rules, true);
        List<Condition> refused = conditions(rules, false);
        answers(call, rules);
        Optional<List<Condition>> wanted = Alternatives.not(refused);
        if (!flat.permissive()) {
            wanted = wanted.flatMap(rest -> Alternatives.and(allowed, rest));
        }
        if (wanted.orElse(List.of()).contains(Condition.ALWAYS)) {
            return Optional.of("1");
        }
        List<String> alternatives = new ArrayList<>();
        for (Condition condition : wanted.orElse(List.of())) {
            alternatives.addAll(alternatives(call, condition));
        }
        if (wanted.isEmpty() || alternatives.size() > Alternatives.MAX) {
            losses.differs(call + ": more than " + Alternatives.MAX + " alternatives of tests; it is refused");
            return Optional.empty();
        }
        return alternatives.isEmpty() ? Optional.empty() : Optional.of(String.join(" || ", alternatives));
    }

    private static List<Condition> conditions(List<Rule> rules, boolean allowed) {
        return rules.stream()
                .filter(rule -> Substitution.executes(rule.action()) == allowed)
                .map(Rule::condition)
                .toList();
    }

    /** A call whose tests fail is killed: minijail's two compilers mean different things by an errno behind tests. */
    private void answers(String call, List<Rule> rules) {
        boolean kills = rules.stream()
                .map(Rule::action)
                .filter(action -> !Substitution.executes(action))
                .allMatch(action -> action.kind() == Action.Kind.KILL_THREAD);
        if (!kills || otherwise.kind() == Action.Kind.ERRNO) {
            losses.differs(call + ": with other arguments it kills, whatever the policy's answer is");
        }
    }

    /** {@code return N}; empty for an answer that kills. */
    private static Optional<String> refusal(Action action) {
        return action.kind() == Action.Kind.ERRNO
                ? Optional.of("return " + Errno.name(action.data()).orElse(String.valueOf(action.data())))
                : Optional.empty();
    }

    private List<String> alternatives(String call, Condition condition) {
        List<List<String>> all = List.of(List.of());
        for (Comparison comparison : condition.comparisons()) {
            List<List<String>> next = new ArrayList<>();
            for (List<String> tests : all) {
                for (String test : tests(call, comparison)) {
                    List<String> longer = new ArrayList<>(tests);
                    longer.add(test);
                    next.add(longer);
                }
            }
            all = next;
        }
        return all.stream().map(tests -> String.join(" && ", tests)).toList();
    }

    /** Alternatives for one comparison. */
    private List<String> tests(String call, Comparison c) {
        if (c.operator() == Operator.MASKED_EQ) {
            return List.of(bits(c));
        }
        if (c.bits() == 64 || flat.abi().narrow()) {
            return List.of(test(c, c.value()));
        }
        losses.differs(call + ": minijail compares 64 bits where the policy compares 32; calls that pass a value"
                + " which is neither zero-extended nor sign-extended are refused");
        return extended(c);
    }

    private static List<String> extended(Comparison c) {
        String name = "arg" + c.index();
        boolean negative = (c.value() & SIGN) != 0;
        Operator operator = c.operator();
        boolean plain = operator == Operator.EQ || operator == Operator.LT || operator == Operator.LE;
        String zero = test(c, c.value()) + (plain ? "" : " && " + name + " <= 0xffffffff");
        if (negative) {
            String sign = test(c, c.value() | SIGNS)
                    + (operator == Operator.EQ ? "" : " && " + name + " >= 0xffffffff80000000");
            return List.of(zero, sign);
        }
        return plain ? List.of(zero) : List.of(zero, name + " >= 0xffffffff80000000");
    }

    private static String test(Comparison c, long value) {
        return "arg" + c.index() + " " + c.operator().symbol() + " 0x" + Long.toHexString(value);
    }

    private static String bits(Comparison c) {
        String name = "arg" + c.index();
        List<String> tests = new ArrayList<>();
        for (long rest = c.value(); rest != 0; rest &= rest - 1) {
            tests.add(name + " & 0x" + Long.toHexString(rest & -rest));
        }
        long clear = c.mask() & ~c.value();
        if (clear != 0) {
            tests.add(name + " in 0x" + Long.toHexString(~clear));
        }
        return String.join(" && ", tests);
    }

    /** The frequency file that minijail's compiler reads. */
    static Document frequencies(SortedMap<String, Long> counts) {
        StringBuilder text = new StringBuilder("# How often each call was seen.\n");
        counts.forEach(
                (call, count) -> text.append(call).append(": ").append(count).append('\n'));
        return Document.of(text.toString(), new Losses());
    }
}
