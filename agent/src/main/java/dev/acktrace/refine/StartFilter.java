package dev.acktrace.refine;

import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The filter under which a target of a session runs: what the start policy allows and no decision denies passes
 * unseen, the rest is reported.
 */
final class StartFilter {
    private static final Action REPORT = Action.trace(0);

    private StartFilter() {}

    /** The program. */
    static Program of(Optional<Policy> start, List<Decision> decisions) {
        Policy quiet = start.map(policy -> policy.withRules(quiet(policy, decisions)))
                .orElse(Policy.of(REPORT, List.of(dev.acktrace.syscall.Abi.host()), List.of()));
        Plan plan = Plan.of(quiet, REPORT);
        return Compiler.compile(
                plan.map(action -> action.kind() == Action.Kind.ALLOW ? Action.ALLOW : REPORT), CompileOptions.SMALL);
    }

    private static List<Rule> quiet(Policy policy, List<Decision> decisions) {
        Set<String> denied = new TreeSet<>();
        for (Decision decision : decisions) {
            for (Rule rule : decision.rules()) {
                if (rule.action().kind() != Action.Kind.ALLOW) {
                    denied.add(rule.call());
                }
            }
        }
        return policy.rules().stream()
                .filter(rule -> !denied.contains(rule.call()))
                .toList();
    }

    /** Names of calls that the program lets pass, at least with some arguments. */
    static Set<String> passed(Optional<Policy> start, List<Decision> decisions) {
        Set<String> names = new TreeSet<>();
        if (start.isPresent()) {
            for (Rule rule : quiet(start.get(), decisions)) {
                if (rule.action().kind() == Action.Kind.ALLOW) {
                    names.add(rule.call());
                }
            }
        }
        return names;
    }
}
