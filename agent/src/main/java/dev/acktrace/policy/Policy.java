package dev.acktrace.policy;

import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * The decision: a default, and rules that say otherwise. Immutable and canonical: the same rules in another order
 * make an equal policy.
 *
 * <p>What happens when several rules fit a call: a rule without a condition wins over those with one (the first
 * that was given, if several have different actions); of rules with conditions the most restrictive action wins, in
 * the kernel's order. A rule whose action is the default is void, as in every OCI runtime. A call through an ABI
 * that the policy does not list is not decided here: see {@code badArch} of {@link #decide}.
 *
 * @param defaultAction for calls that no rule fits
 * @param architectures the ABIs that the policy covers; never empty
 * @param rules sorted
 * @param flags flags to install the filter with; empty if the policy does not say
 * @param listener where the supervisor of {@code NOTIFY} listens; empty if nowhere
 */
public record Policy(
        Action defaultAction,
        List<Abi> architectures,
        List<Rule> rules,
        Optional<Set<FilterFlag>> flags,
        Optional<Listener> listener) {

    /**
     * Supervisor of {@code NOTIFY}.
     *
     * @param path {@code listenerPath}
     * @param metadata {@code listenerMetadata}; empty if there is none
     */
    public record Listener(String path, String metadata) {}

    public Policy {
        if (architectures.isEmpty()) {
            throw new IllegalArgumentException("a policy covers at least one architecture");
        }
        architectures = List.copyOf(EnumSet.copyOf(architectures));
        rules = canonical(defaultAction, rules);
        flags = flags.map(Set::copyOf);
    }

    /** A policy without flags and listener. */
    public static Policy of(Action defaultAction, Collection<Abi> architectures, Collection<Rule> rules) {
        return new Policy(
                defaultAction, List.copyOf(architectures), List.copyOf(rules), Optional.empty(), Optional.empty());
    }

    private static List<Rule> canonical(Action defaultAction, List<Rule> rules) {
        Map<List<Object>, Action> unconditional = new HashMap<>();
        for (Rule rule : rules) {
            if (rule.condition().always() && !rule.action().equals(defaultAction)) {
                unconditional.putIfAbsent(List.of(rule.call(), rule.abis()), rule.action());
            }
        }
        Set<Rule> kept = new TreeSet<>();
        for (Rule rule : rules) {
            Action wins = unconditional.get(List.of(rule.call(), rule.abis()));
            boolean absorbed =
                    wins != null && !(rule.condition().always() && rule.action().equals(wins));
            if (!absorbed && !rule.action().equals(defaultAction) && !impossible(rule)) {
                kept.add(rule);
            }
        }
        return List.copyOf(kept);
    }

    private static boolean impossible(Rule rule) {
        return rule.condition().comparisons().stream().anyMatch(Comparison::neverTrue);
    }

    /** The rules for one call of one ABI; conditions are cut to 32 bits where the ABI's registers are. */
    public List<Rule> rulesFor(Abi abi, int number) {
        List<Rule> found = new ArrayList<>();
        for (Rule rule : rules) {
            OptionalInt of = rule.number(abi);
            if (of.isPresent() && of.getAsInt() == number) {
                found.add(
                        abi.narrow()
                                ? new Rule(
                                        rule.call(),
                                        rule.abis(),
                                        rule.condition().narrowed(),
                                        rule.action())
                                : rule);
            }
        }
        return found;
    }

    /**
     * What happens to a call. This is the meaning of the policy; compiled filters are measured against it.
     *
     * @param badArch the answer for an ABI that the policy does not cover
     */
    public Action decide(SeccompData call, Action badArch) {
        Optional<Abi> abi = call.abi();
        if (abi.isEmpty() || !architectures.contains(abi.get())) {
            boolean skipped = call.number() == -1 && coversArch(call.arch());
            return skipped ? defaultAction : badArch;
        }
        return resolve(rulesFor(abi.get(), call.number() & ~abi.get().numberBit()), call, defaultAction);
    }

    private boolean coversArch(int arch) {
        return architectures.stream().anyMatch(abi -> abi.auditArch() == arch);
    }

    /** Chooses among the rules of one call; see the class. */
    public static Action resolve(List<Rule> rules, SeccompData call, Action otherwise) {
        Action best = null;
        for (Rule rule : rules) {
            if (rule.condition().always()) {
                return rule.action();
            }
            if (rule.condition().test(call) && (best == null || rule.action().compareTo(best) < 0)) {
                best = rule.action();
            }
        }
        return best == null ? otherwise : best;
    }

    /** The same policy with other rules. */
    public Policy withRules(Collection<Rule> newRules) {
        return new Policy(defaultAction, architectures, List.copyOf(newRules), flags, listener);
    }

    /** The same policy for other ABIs. */
    public Policy withArchitectures(Collection<Abi> newArchitectures) {
        return new Policy(defaultAction, List.copyOf(newArchitectures), rules, flags, listener);
    }
}
