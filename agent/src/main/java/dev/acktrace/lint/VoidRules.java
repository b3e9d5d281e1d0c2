package dev.acktrace.lint;

import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Rules without which a policy answers every call as it does with them. */
final class VoidRules {
    /** Calls with more rules than this are not looked through. */
    private static final int MOST = 256;

    private VoidRules() {}

    /** Rules that can be taken out, all together. */
    static List<Rule> of(Policy policy) {
        Map<String, List<Rule>> byCall = new TreeMap<>();
        for (Rule rule : policy.rules()) {
            byCall.computeIfAbsent(rule.call(), call -> new ArrayList<>()).add(rule);
        }
        List<Rule> found = new ArrayList<>();
        for (List<Rule> rules : byCall.values()) {
            if (rules.size() > 1 && rules.size() <= MOST && !apart(rules)) {
                found.addAll(of(policy, rules));
            }
        }
        return found;
    }

    /** Whether the rules ask for different values of one argument, so that each has a call of its own. */
    private static boolean apart(List<Rule> rules) {
        Set<Object> seen = new HashSet<>();
        for (Rule rule : rules) {
            List<Comparison> tests = rule.condition().comparisons();
            boolean simple = tests.size() == 1
                    && tests.get(0).operator() == Operator.EQ
                    && tests.get(0).bits() == 64
                    && tests.get(0).index()
                            == rules.get(0).condition().comparisons().get(0).index();
            if (!simple || !seen.add(tests.get(0).value())) {
                return false;
            }
        }
        return true;
    }

    private static List<Rule> of(Policy policy, List<Rule> rules) {
        List<Rule> kept = new ArrayList<>(rules);
        List<Rule> found = new ArrayList<>();
        for (Rule rule : rules) {
            List<Rule> without = new ArrayList<>(kept);
            without.remove(rule);
            if (same(policy.withRules(kept), policy.withRules(without))) {
                kept = without;
                found.add(rule);
            }
        }
        return found;
    }

    private static boolean same(Policy left, Policy right) {
        try {
            return PlanDifference.between(Plan.of(left, Action.KILL_THREAD), Plan.of(right, Action.KILL_THREAD))
                    .isEmpty();
        } catch (TooComplex e) {
            return false;
        }
    }
}
