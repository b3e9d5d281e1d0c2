package dev.acktrace.generalize;

import dev.acktrace.bpf.Complement;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.ArgumentKind;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.ShapeFacts;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.SignificantArguments;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * From a recording to a policy. A known argument is held to the values that were seen if they are few, to the flags
 * that were seen if they are many, and let go otherwise; write with execute and namespaces only in combinations that
 * were seen. As OCI has one list of rules for all ABIs, calls of one name are taken together.
 */
public final class Generalizer {
    /** Fewer observations than this in fewer than two runs do not pin an argument. */
    static final int FEW_OBSERVATIONS = 3;

    private static final int MOST_ALTERNATIVES = 64;

    private final Recording recording;
    private final GeneralizeOptions options;
    private final Set<Abi> abis = EnumSet.noneOf(Abi.class);
    private final Map<String, Evidence> calls = new TreeMap<>();
    private final List<Rule> rules = new ArrayList<>();
    private final List<Origin> origins = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> decided = new HashSet<>();

    private static final class Evidence {
        private long observations;
        private final Set<String> runs = new HashSet<>();
        private boolean unseen;
        private final Map<Integer, ArgumentSet> arguments = new TreeMap<>();
    }

    private Generalizer(Recording recording, GeneralizeOptions options) {
        this.recording = recording;
        this.options = options;
    }

    /** The policy of a recording. */
    public static Generalized generalize(Recording recording, GeneralizeOptions options) {
        return new Generalizer(recording, options).policy();
    }

    /**
     * What a policy with {@code --rules args} would hold the arguments of a call to, however few observations there
     * are: somebody looks at it and decides.
     *
     * @param keys shapes of that call, all of one name
     * @return alternatives of which one must hold; one that always holds if nothing can be pinned
     */
    public static List<Condition> alternatives(String call, Collection<ShapeKey> keys) {
        Evidence evidence = new Evidence();
        keys.forEach(key -> arguments(evidence, key));
        boolean pinned = !evidence.arguments.isEmpty() && !evidence.unseen;
        return pinned ? pinned(call, evidence, false, note -> {}) : List.of(Condition.ALWAYS);
    }

    private Generalized policy() {
        recording.runs().forEach(this::collect);
        if (abis.isEmpty()) {
            abis.add(Abi.host());
        }
        calls.forEach(this::observed);
        if (options.closure() != GeneralizeOptions.Closure.NONE && !calls.isEmpty()) {
            closures();
        }
        Action otherwise = options.otherwise();
        if (options.autoErrno()) {
            otherwise = Action.errno(Errno.ENOSYS);
            refuseKnown();
        }
        return new Generalized(Policy.of(otherwise, abis, rules), origins, notes);
    }

    private void collect(String id, Run run) {
        for (Map.Entry<Syscall, Long> count : run.counts().entrySet()) {
            Evidence evidence = evidence(count.getKey(), id);
            evidence.observations += count.getValue();
        }
        Set<Syscall> withShape = new HashSet<>();
        for (Map.Entry<ShapeKey, Shape> entry : run.shapes().entrySet()) {
            ShapeKey key = entry.getKey();
            withShape.add(key.call());
            Evidence evidence = evidence(key.call(), id);
            if (!run.counts().containsKey(key.call())) {
                evidence.observations += entry.getValue().count();
            }
            arguments(evidence, key);
        }
        for (Syscall call : run.counts().keySet()) {
            evidence(call, id).unseen |= !withShape.contains(call);
        }
    }

    private Evidence evidence(Syscall call, String run) {
        abis.add(call.abi());
        Evidence evidence = calls.computeIfAbsent(call.name(), name -> new Evidence());
        evidence.runs.add(run);
        return evidence;
    }

    private static void arguments(Evidence evidence, ShapeKey key) {
        ShapeFacts facts = SignificantArguments.of(key.abi(), key.number());
        String name = key.call().name();
        List<Argument> described =
                Signatures.of(key.abi(), name).map(s -> s.arguments()).orElse(List.of());
        for (int i = 0; i < described.size(); i++) {
            long mask = facts.mask(i);
            if (mask != 0 && !key.isSignificant(i)) {
                evidence.unseen = true;
            } else if (mask != 0) {
                ArgumentKind kind = described.get(i).kind();
                evidence.arguments
                        .computeIfAbsent(i, index -> new ArgumentSet(name, index, mask, kind))
                        .add(key.argument(i));
            }
        }
    }

    private void observed(String call, Evidence evidence) {
        List<Condition> conditions = conditions(call, evidence);
        for (Condition condition : conditions) {
            rules.add(Rule.of(call, condition, Action.ALLOW));
        }
        decided.add(call);
        String pinned = conditions.get(0).always() ? "" : ", arguments pinned by " + count(evidence.runs.size(), "run");
        origins.add(new Origin(
                call,
                Origin.Kind.OBSERVED,
                count(evidence.observations, "call") + " in " + count(evidence.runs.size(), "run") + pinned));
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private List<Condition> conditions(String call, Evidence evidence) {
        List<Condition> any = List.of(Condition.ALWAYS);
        if (options.arguments() == GeneralizeOptions.Arguments.OFF || evidence.arguments.isEmpty()) {
            return any;
        }
        if (evidence.unseen) {
            notes.add(call + ": some calls were counted without their arguments, so these are not pinned");
            return any;
        }
        boolean few = evidence.runs.size() < 2 && evidence.observations < FEW_OBSERVATIONS;
        return pinned(call, evidence, few, notes::add);
    }

    private static List<Condition> pinned(String call, Evidence evidence, boolean few, Consumer<String> notes) {
        List<List<Comparison>> alternatives = List.of(List.of());
        for (Map.Entry<Integer, ArgumentSet> argument : evidence.arguments.entrySet()) {
            boolean dangerous = ArgumentFacts.exact(call, argument.getKey()) != 0;
            if (few && !dangerous) {
                notes.accept(call + ": argument " + argument.getKey() + " is not pinned by "
                        + count(evidence.observations, "call") + " in one run");
                continue;
            }
            List<Comparison> choices = argument.getValue().alternatives();
            if (choices.isEmpty() || choices.size() * alternatives.size() > MOST_ALTERNATIVES) {
                notes.accept(call + ": argument " + argument.getKey() + " has too many values and is not pinned");
                continue;
            }
            if (argument.getValue().widened()) {
                notes.accept(call + ": argument " + argument.getKey() + " is held to the flags that were seen");
            }
            alternatives = product(alternatives, choices);
        }
        return alternatives.stream().map(Condition::new).toList();
    }

    private static List<List<Comparison>> product(List<List<Comparison>> lefts, List<Comparison> rights) {
        List<List<Comparison>> product = new ArrayList<>();
        for (List<Comparison> left : lefts) {
            for (Comparison right : rights) {
                List<Comparison> both = new ArrayList<>(left);
                both.add(right);
                product.add(both);
            }
        }
        return product;
    }

    private void closures() {
        for (SoonerOrLater needed : SoonerOrLater.of(calls::containsKey)) {
            add(needed.call(), Action.ALLOW, needed.reason());
        }
        if (options.closure() != GeneralizeOptions.Closure.ALWAYS) {
            families();
        }
    }

    private void families() {
        List<List<String>> rows =
                Facts.rows("generalize/families.csv").stream().map(Facts::csv).toList();
        Set<String> used = new HashSet<>();
        for (List<String> row : rows) {
            if (calls.containsKey(row.get(1))) {
                used.add(row.get(0));
            }
        }
        boolean portable = options.closure() == GeneralizeOptions.Closure.PORTABLE;
        for (List<String> row : rows) {
            if (used.contains(row.get(0)) && (portable || row.get(2).equals("libc"))) {
                boolean enosys = row.get(3).equals("enosys");
                add(row.get(1), enosys ? Action.errno(Errno.ENOSYS) : Action.ALLOW, row.get(4));
            }
        }
    }

    private void add(String call, Action action, String reason) {
        boolean exists =
                abis.stream().anyMatch(abi -> SyscallTable.of(abi).number(call).isPresent());
        if (exists && decided.add(call)) {
            rules.add(Rule.of(call, action));
            origins.add(new Origin(call, Origin.Kind.CLOSURE, reason));
        }
    }

    /** What is known today and was not needed gets EPERM; what comes later gets the default, ENOSYS. */
    private void refuseKnown() {
        refuseOtherArguments();
        for (Abi abi : abis) {
            for (String name : SyscallTable.of(abi).names()) {
                if (decided.add(name)) {
                    rules.add(Rule.of(name, Action.errno(Errno.EPERM)));
                }
            }
        }
    }

    /** A call that is allowed for some arguments is known, so with others it is refused and not too new. */
    private void refuseOtherArguments() {
        Map<String, List<Condition>> byCall = new TreeMap<>();
        for (Rule rule : rules) {
            byCall.computeIfAbsent(rule.call(), call -> new ArrayList<>()).add(rule.condition());
        }
        boolean narrow = abis.stream().anyMatch(Abi::narrow);
        byCall.forEach((call, conditions) -> {
            if (conditions.stream().anyMatch(Condition::always)) {
                return;
            }
            try {
                Complement.of(conditions, narrow)
                        .forEach(rest -> rules.add(Rule.of(call, rest, Action.errno(Errno.EPERM))));
            } catch (TooComplex e) {
                notes.add(
                        call + ": with other arguments than those seen it gets ENOSYS, for they are too many to name");
            }
        });
    }
}
