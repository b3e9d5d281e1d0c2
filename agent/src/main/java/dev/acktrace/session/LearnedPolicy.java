package dev.acktrace.session;

import dev.acktrace.generalize.GeneralizeOptions;
import dev.acktrace.generalize.GeneralizeOptions.Closure;
import dev.acktrace.generalize.Generalized;
import dev.acktrace.generalize.Generalizer;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Recording;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The policy of a recording, with as much generalization as was asked for, and what is laid over it. */
public final class LearnedPolicy {
    private LearnedPolicy() {}

    /**
     * Builds the policy; the same evidence and options give an equal one.
     *
     * @param base a policy that is widened by what was seen, and keeps its default; empty to start from nothing
     * @param overlays policies whose allowed calls are allowed too, whatever was seen
     */
    public static Generalized of(
            Recording recording, Optional<Policy> base, GeneralizeOptions options, List<Policy> overlays) {
        Generalized learned = Generalizer.generalize(recording, base.isPresent() ? seen(options) : options);
        Policy policy = learned.policy();
        if (base.isPresent()) {
            policy = widen(
                    base.get(), allowed(policy), recording.calls().isEmpty() ? List.of() : policy.architectures());
        }
        for (Policy overlay : overlays) {
            policy = widen(policy, allowed(overlay), List.of());
        }
        return new Generalized(policy, learned.origins(), learned.notes());
    }

    /**
     * What {@code learn} and {@code policy} make of a recording if they are asked for nothing else.
     *
     * @param arguments whether known arguments are held to what was seen
     */
    public static Policy usual(Recording recording, Optional<Policy> base, boolean arguments) {
        GeneralizeOptions names = GeneralizeOptions.NAMES;
        GeneralizeOptions options = arguments
                ? new GeneralizeOptions(
                        GeneralizeOptions.Arguments.KNOWN, names.closure(), names.otherwise(), names.autoErrno())
                : names;
        return of(recording, base, options, List.of()).policy();
    }

    /** What every program needs is added to what was seen, not to somebody's base. */
    private static GeneralizeOptions seen(GeneralizeOptions options) {
        return options.closure() == Closure.ALWAYS
                ? new GeneralizeOptions(options.arguments(), Closure.NONE, options.otherwise(), options.autoErrno())
                : options;
    }

    private static List<Rule> allowed(Policy policy) {
        return policy.rules().stream()
                .filter(rule -> rule.action().equals(Action.ALLOW))
                .toList();
    }

    /** The policy with more allowed: rules that deny a call that is allowed now are dropped. */
    private static Policy widen(Policy policy, List<Rule> more, List<Abi> abis) {
        Set<String> calls = new HashSet<>();
        more.forEach(rule -> calls.add(rule.call()));
        Set<String> open = new HashSet<>();
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : policy.rules()) {
            boolean allows = rule.action().equals(Action.ALLOW);
            if (allows && rule.condition().always() && rule.abis().isEmpty()) {
                open.add(rule.call());
            }
            if (allows || !calls.contains(rule.call())) {
                rules.add(rule);
            }
        }
        for (Rule rule : more) {
            if (!open.contains(rule.call())) {
                rules.add(rule);
            }
        }
        SortedSet<Abi> all = new TreeSet<>(policy.architectures());
        all.addAll(abis);
        return new Policy(policy.defaultAction(), List.copyOf(all), rules, policy.flags(), policy.listener());
    }
}
