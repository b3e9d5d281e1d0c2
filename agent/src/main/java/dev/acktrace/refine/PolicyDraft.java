package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Cube;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The policy that decisions make of another one. Of decisions the newest that fits wins; in a policy the most
 * restrictive rule wins, and a rule without a condition wins over all: what a newer decision takes away from an older
 * rule is therefore taken out of its condition.
 */
public final class PolicyDraft {
    /** How many rules one call may have; what would need more is left to the default action. */
    private static final int MOST_RULES = 64;

    private PolicyDraft() {}

    /**
     * Applies decisions to a policy.
     *
     * @param below the start policy, or what evidence gave
     * @param decisions oldest first
     */
    public static Policy of(Policy below, List<Decision> decisions) {
        Map<String, List<Rule>> newestFirst = new TreeMap<>();
        for (int i = decisions.size() - 1; i >= 0; i--) {
            for (Rule rule : decisions.get(i).rules()) {
                newestFirst
                        .computeIfAbsent(rule.call(), name -> new ArrayList<>())
                        .add(rule);
            }
        }
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : below.rules()) {
            if (!newestFirst.containsKey(rule.call())) {
                rules.add(rule);
            }
        }
        for (Map.Entry<String, List<Rule>> call : newestFirst.entrySet()) {
            List<Rule> older = below.rules().stream()
                    .filter(rule -> rule.call().equals(call.getKey()))
                    .toList();
            rules.addAll(ofCall(call.getKey(), call.getValue(), older));
        }
        return below.withRules(rules);
    }

    private static List<Rule> ofCall(String call, List<Rule> newestFirst, List<Rule> older) {
        List<Rule> all = new ArrayList<>(newestFirst);
        all.addAll(inEffect(older));
        List<Rule> result = new ArrayList<>();
        List<Rule> before = new ArrayList<>();
        for (Rule rule : all) {
            List<Condition> rest = List.of(rule.condition());
            for (Rule newer : before) {
                if (!newer.action().equals(rule.action()) && overlap(newer, rule)) {
                    rest = subtract(rest, newer.condition());
                }
            }
            if (result.size() + rest.size() > MOST_RULES && rule.action().kind() == Action.Kind.ALLOW) {
                break;
            }
            for (Condition condition : rest) {
                result.add(new Rule(call, rule.abis(), condition, rule.action()));
            }
            before.add(rule);
            if (rule.condition().always() && rule.abis().isEmpty()) {
                break;
            }
        }
        return result;
    }

    /** Rules of a policy in an order in which the first that fits is the one that the policy means. */
    private static List<Rule> inEffect(List<Rule> rules) {
        List<Rule> ordered = new ArrayList<>();
        for (Rule rule : rules) {
            if (rule.condition().always()) {
                ordered.add(rule);
            }
        }
        for (Action action : new TreeSet<>(rules.stream().map(Rule::action).toList())) {
            for (Rule rule : rules) {
                if (!rule.condition().always() && rule.action().equals(action)) {
                    ordered.add(rule);
                }
            }
        }
        return ordered;
    }

    private static boolean overlap(Rule one, Rule other) {
        if (one.abis().isEmpty() || other.abis().isEmpty()) {
            return true;
        }
        Set<Abi> common = EnumSet.copyOf(one.abis());
        common.retainAll(other.abis());
        return !common.isEmpty();
    }

    /** Conditions that together hold where one of the given ones holds and another does not. */
    static List<Condition> subtract(Collection<Condition> from, Condition without) {
        List<Condition> rest = new ArrayList<>();
        for (Condition condition : from) {
            List<Comparison> kept = new ArrayList<>(condition.comparisons());
            for (Comparison comparison : without.comparisons()) {
                for (Comparison opposite : opposites(comparison)) {
                    List<Comparison> all = new ArrayList<>(kept);
                    if (!contradicts(all, opposite)) {
                        all.add(opposite);
                        rest.add(new Condition(all));
                    }
                }
            }
        }
        return rest;
    }

    private static boolean contradicts(List<Comparison> all, Comparison added) {
        for (Comparison one : all) {
            if (one.index() == added.index()
                    && (one.operator() == Operator.EQ || one.operator() == Operator.MASKED_EQ)) {
                boolean meets = Cube.of(one).stream()
                        .anyMatch(cube -> Cube.of(added).stream()
                                .anyMatch(other -> cube.intersect(other).isPresent()));
                if (!meets) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Comparisons of which at least one holds exactly where the given one does not. */
    static List<Comparison> opposites(Comparison comparison) {
        return switch (comparison.operator()) {
            case EQ -> List.of(with(comparison, Operator.NE));
            case NE -> List.of(with(comparison, Operator.EQ));
            case LT -> List.of(with(comparison, Operator.GE));
            case LE -> List.of(with(comparison, Operator.GT));
            case GE -> List.of(with(comparison, Operator.LT));
            case GT -> List.of(with(comparison, Operator.LE));
            case MASKED_EQ -> flippedBits(comparison);
        };
    }

    private static Comparison with(Comparison comparison, Operator operator) {
        return new Comparison(comparison.index(), operator, comparison.bits(), comparison.mask(), comparison.value());
    }

    private static List<Comparison> flippedBits(Comparison comparison) {
        if (comparison.mask() == 0xFFFF_FFFFL) {
            return List.of(Comparison.narrow(comparison.index(), Operator.NE, comparison.value()));
        }
        List<Comparison> flipped = new ArrayList<>();
        for (long bits = comparison.mask(); bits != 0; bits &= bits - 1) {
            long bit = Long.lowestOneBit(bits);
            flipped.add(new Comparison(
                    comparison.index(), Operator.MASKED_EQ, comparison.bits(), bit, ~comparison.value()));
        }
        return flipped;
    }
}
