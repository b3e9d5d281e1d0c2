package dev.acktrace.format;

import dev.acktrace.bpf.Plan;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Multiplexed;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a container runtime makes of a policy beyond its text. */
public final class Runtimes {
    private Runtimes() {}

    /**
     * The filter of a policy, as the runtime that reads it compiles it: libseccomp's rules for {@code socketcall} and
     * {@code ipc} for runc and crun, and runc's answer to calls that are too new.
     *
     * @param badArch the answer to architectures that are not covered
     */
    public static Plan plan(Imported policy, OciOptions.Reading reading, Action badArch) {
        if (reading == OciOptions.Reading.OCI) {
            return Plan.of(policy.policy(), badArch);
        }
        Plan plan = Plan.of(companions(policy.policy()), badArch);
        return reading == OciOptions.Reading.RUNC ? RuncStub.of(policy).before(plan) : plan;
    }

    /**
     * The policy with what libseccomp adds where calls can also be made through {@code socketcall} and {@code ipc}
     * ({@code abi_rule_add} of 2.5.4): the same action for that number of the other call. The test of the first
     * argument gives way to it, those of the others stay although there is a pointer in the second.
     */
    static Policy companions(Policy policy) {
        Set<Abi> abis = EnumSet.noneOf(Abi.class);
        policy.architectures().stream().filter(Multiplexed::on).forEach(abis::add);
        if (abis.isEmpty()) {
            return policy;
        }
        List<Rule> rules = new ArrayList<>(policy.rules());
        for (Rule rule : policy.rules()) {
            Optional<Multiplexed> other = Multiplexed.of(rule.call());
            other.ifPresent(call -> rules.add(
                    new Rule(call.through(), List.copyOf(abis), condition(rule.condition(), call), rule.action())));
        }
        return policy.withRules(rules);
    }

    private static Condition condition(Condition direct, Multiplexed call) {
        List<Comparison> comparisons = new ArrayList<>();
        comparisons.add(Comparison.of(0, Operator.EQ, call.number()));
        direct.comparisons().stream().filter(test -> test.index() != 0).forEach(comparisons::add);
        return new Condition(comparisons);
    }
}
