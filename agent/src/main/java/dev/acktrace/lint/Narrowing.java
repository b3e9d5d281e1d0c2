package dev.acktrace.lint;

import dev.acktrace.bpf.CallQuery;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Mends what can be mended without asking: comparisons that are too wide, and rules that are void. */
public final class Narrowing {
    private Narrowing() {}

    /**
     * A policy that was mended.
     *
     * @param policy the policy
     * @param narrowed comparisons that were cut to 32 bits
     * @param dropped rules that were taken out
     */
    public record Fixed(Policy policy, int narrowed, List<Rule> dropped) {}

    /**
     * Compares 32-bit arguments by their low 32 bits and takes void rules out. It is proven that every call whose
     * 32-bit arguments have nothing in the upper half is answered as before.
     *
     * @throws TooComplex if there are too many cases for the proof
     * @throws IllegalStateException if the proof fails, which is a defect of this program
     */
    public static Fixed fix(Policy policy) {
        List<Rule> rules = new ArrayList<>();
        int narrowed = 0;
        for (Rule rule : policy.rules()) {
            List<Comparison> comparisons = new ArrayList<>();
            for (Comparison comparison : rule.condition().comparisons()) {
                boolean wide = tooWide(policy, rule, comparison);
                comparisons.add(wide ? comparison.narrowed() : comparison);
                narrowed += wide ? 1 : 0;
            }
            rules.add(new Rule(rule.call(), rule.abis(), new Condition(comparisons), rule.action()));
        }
        Policy cut = policy.withRules(rules);
        List<Rule> dropped = VoidRules.of(cut);
        Set<Rule> gone = new HashSet<>(dropped);
        Policy fixed = cut.withRules(
                cut.rules().stream().filter(rule -> !gone.contains(rule)).toList());
        prove(policy, fixed);
        return new Fixed(fixed, narrowed, dropped);
    }

    private static void prove(Policy before, Policy after) {
        Plan left = Plan.of(before, Action.KILL_THREAD);
        Plan right = Plan.of(after, Action.KILL_THREAD);
        if (!CallQuery.alikeForCleanArguments(left, right, Narrowing::bits)) {
            throw new IllegalStateException("the mended policy means something else, please report this");
        }
    }

    private static int bits(int arch, int number, int argument) {
        Abi abi = Abi.of(arch, number).orElseThrow();
        String call = SyscallTable.of(abi).display(number & ~abi.numberBit());
        return Signatures.bits(abi, call, argument);
    }

    /** Whether a comparison looks at bits that the kernel ignores. */
    static boolean tooWide(Policy policy, Rule rule, Comparison comparison) {
        if (comparison.value() >>> 32 != 0 || !narrowArgument(policy, rule, comparison)) {
            return false;
        }
        return comparison.operator() != Operator.MASKED_EQ || comparison.mask() >>> 32 != 0;
    }

    /** Whether a comparison asks for a value that the kernel never sees. */
    static boolean beyond(Policy policy, Rule rule, Comparison comparison) {
        return comparison.value() >>> 32 != 0 && narrowArgument(policy, rule, comparison);
    }

    private static boolean narrowArgument(Policy policy, Rule rule, Comparison comparison) {
        return comparison.bits() == 64
                && policy.architectures().stream()
                        .filter(abi -> rule.number(abi).isPresent())
                        .allMatch(abi -> Signatures.bits(abi, rule.call(), comparison.index()) == 32);
    }
}
