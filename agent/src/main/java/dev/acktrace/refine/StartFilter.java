package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Recording;
import dev.acktrace.session.KnownCalls;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The filter under which a target of a session runs: what the start policy allows and no decision denies passes
 * unseen, the rest is reported.
 */
final class StartFilter {
    private StartFilter() {}

    /**
     * The filter as {@code struct sock_filter} records.
     *
     * @param ack whether it is for a target under the stub
     */
    static byte[] of(Optional<Policy> start, List<Decision> decisions, Observations.Masks masks, boolean ack) {
        Optional<Policy> quiet = start.map(policy -> policy.withRules(quiet(policy, decisions)));
        return ack
                ? KnownCalls.ackFilter(quiet, Recording.EMPTY, masks)
                : KnownCalls.filter(quiet, Recording.EMPTY, masks);
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
