package dev.acktrace.session;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.enforce.AckFilter;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.WireAbi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The learning filter of a run that knows something beforehand: what a policy allows and what earlier recordings saw
 * passes in the kernel, everything else is reported. A filter cannot see which program makes a call, so what is known
 * of one program is known of all.
 */
public final class KnownCalls {
    /** More different arguments of one call than this are not put into the filter: the shape table knows them. */
    private static final int ARGUMENT_SETS_MAX = 32;

    private static final Action REPORT = Action.trace(0);
    private static final List<Abi> ABIS = List.of(Abi.X86_64, Abi.X86, Abi.X32);

    /** {@code CLONE_UNTRACED}, linux/sched.h. */
    private static final long CLONE_UNTRACED = 0x0080_0000L;

    /** Reported however well they are known: behind a pointer they may ask for a child that nobody traces, or to trace. */
    private static final Set<String> ALWAYS_REPORTED = Set.of("clone3", "ptrace");

    private KnownCalls() {}

    /**
     * The filter of the backend {@code trace} as {@code struct sock_filter} records.
     *
     * @param masks the argument masks of this run; earlier evidence with other masks is not used
     */
    public static byte[] filter(Optional<Policy> base, Recording earlier, Observations.Masks masks) {
        Optional<Plan> known = plan(base, earlier, masks);
        if (known.isEmpty()) {
            return reportAll();
        }
        try {
            return Compiler.compile(known.get(), CompileOptions.SMALL).bytes();
        } catch (CompileException e) {
            return reportAll();
        }
    }

    /** The filter of the backend {@code ack}; parameters as of {@link #filter}. */
    public static byte[] ackFilter(Optional<Policy> base, Recording earlier, Observations.Masks masks) {
        return AckFilter.compile(plan(base, earlier, masks)).bytes();
    }

    private static Optional<Plan> plan(Optional<Policy> base, Recording earlier, Observations.Masks masks) {
        return base.isEmpty() && earlier.runs().isEmpty()
                ? Optional.empty()
                : Optional.of(Plan.of(policy(base, earlier, masks), REPORT));
    }

    /** The filter that reports everything: one instruction. */
    static byte[] reportAll() {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x06) // BPF_RET | BPF_K, linux/bpf_common.h
                .putInt(REPORT.word())
                .array();
    }

    /** What is known as a policy whose default is to report. */
    static Policy policy(Optional<Policy> base, Recording earlier, Observations.Masks masks) {
        List<Rule> rules = new ArrayList<>();
        if (base.isPresent()) {
            if (passes(base.get().defaultAction())) {
                return allButDenied(base.get());
            }
            for (Rule rule : base.get().rules()) {
                if (passes(rule.action())) {
                    List<Abi> abis = rule.abis().isEmpty() ? base.get().architectures() : rule.abis();
                    rules.add(new Rule(rule.call(), abis, rule.condition(), Action.ALLOW));
                }
            }
        }
        for (Map.Entry<Syscall, Set<Condition>> known :
                conditions(earlier, masks).entrySet()) {
            Syscall call = known.getKey();
            boolean few = known.getValue().size() <= ARGUMENT_SETS_MAX;
            for (Condition condition : known.getValue()) {
                if (few) {
                    rules.add(new Rule(
                            Integer.toUnsignedString(call.number()), List.of(call.abi()), condition, Action.ALLOW));
                }
            }
        }
        return Policy.of(REPORT, ABIS, followed(rules));
    }

    /** A policy that allows by default, with what it denies reported instead. */
    private static Policy allButDenied(Policy base) {
        List<Rule> rules = new ArrayList<>();
        for (String call : ALWAYS_REPORTED) {
            rules.add(Rule.of(call, REPORT));
        }
        rules.add(Rule.of("clone", new Condition(List.of(untraced(CLONE_UNTRACED))), REPORT));
        for (Rule rule : base.rules()) {
            if (!passes(rule.action())) {
                rules.add(new Rule(rule.call(), rule.abis(), rule.condition(), REPORT));
            }
        }
        return Policy.of(Action.ALLOW, base.architectures(), rules);
    }

    /**
     * The rules without those that would let a child go unseen: it keeps the filter, and what the filter reports fails
     * with ENOSYS where nobody traces (seccomp(2)).
     */
    private static List<Rule> followed(List<Rule> rules) {
        List<Rule> followed = new ArrayList<>();
        for (Rule rule : rules) {
            if (names(rule, Set.of("clone"))) {
                List<Comparison> comparisons = new ArrayList<>(rule.condition().comparisons());
                comparisons.add(untraced(0));
                followed.add(new Rule(rule.call(), rule.abis(), new Condition(comparisons), rule.action()));
            } else if (!names(rule, ALWAYS_REPORTED)) {
                followed.add(rule);
            }
        }
        return followed;
    }

    private static Comparison untraced(long value) {
        return Comparison.masked(0, CLONE_UNTRACED, value);
    }

    private static boolean names(Rule rule, Set<String> calls) {
        if (calls.contains(rule.call())) {
            return true;
        }
        for (Abi abi : rule.abis()) {
            OptionalInt number = rule.number(abi);
            if (number.isPresent()
                    && SyscallTable.of(abi)
                            .name(number.getAsInt())
                            .filter(calls::contains)
                            .isPresent()) {
                return true;
            }
        }
        return false;
    }

    private static boolean passes(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG;
    }

    private static Map<Syscall, Set<Condition>> conditions(Recording earlier, Observations.Masks masks) {
        Map<Syscall, Set<Condition>> byCall = new TreeMap<>();
        for (ShapeKey key : earlier.shapeKeys()) {
            int abi = WireAbi.index(key.abi());
            if (abi < 0) {
                continue;
            }
            long[] mask = masks.of(abi, key.number());
            if (significant(mask) == key.significant()) {
                byCall.computeIfAbsent(key.call(), call -> new TreeSet<>()).add(condition(key, mask));
            }
        }
        return byCall;
    }

    private static int significant(long[] mask) {
        int bits = 0;
        for (int i = 0; i < mask.length; i++) {
            bits |= mask[i] == 0 ? 0 : 1 << i;
        }
        return bits;
    }

    private static Condition condition(ShapeKey key, long[] mask) {
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] != 0) {
                comparisons.add(Comparison.masked(i, mask[i], key.argument(i)));
            }
        }
        return new Condition(comparisons);
    }
}
