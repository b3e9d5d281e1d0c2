package dev.acktrace.session;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
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
import dev.acktrace.wire.WireAbi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private KnownCalls() {}

    /**
     * The filter as {@code struct sock_filter} records.
     *
     * @param masks the argument masks of this run; earlier evidence with other masks is not used
     */
    public static byte[] filter(Optional<Policy> base, Recording earlier, Observations.Masks masks) {
        if (base.isEmpty() && earlier.runs().isEmpty()) {
            return reportAll();
        }
        try {
            return Compiler.compile(Plan.of(policy(base, earlier, masks), REPORT), CompileOptions.SMALL)
                    .bytes();
        } catch (CompileException e) {
            return reportAll();
        }
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
                return base.get();
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
        return Policy.of(REPORT, ABIS, rules);
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
