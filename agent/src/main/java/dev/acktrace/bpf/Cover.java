package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says a function of the arguments by conditions: few, and each with few comparisons. The method is that of Minato and
 * Morreale for irredundant sums of products, with 64-bit arguments in place of bits: between a set that must be covered
 * and a wider one that may be, first what does not depend on an argument, then what is left, value by value.
 */
final class Cover {
    /** More conditions than this are not made. */
    static final int MOST = 4_096;

    private final Diagram diagram;
    private final Logic logic;
    private final boolean littleEndian;
    private final @Nullable Grid[] grids = new Grid[6];
    private final Map<List<Diagram.Node>, Part> done = new HashMap<>();
    private final Budget budget;

    /** Conditions, and the set in which one of them holds. */
    private record Part(List<List<Comparison>> terms, Diagram.Node set) {}

    Cover(Diagram diagram, boolean littleEndian, Budget budget) {
        this.budget = budget;
        this.diagram = diagram;
        this.littleEndian = littleEndian;
        this.logic = new Logic(diagram, budget);
    }

    /**
     * The verdict of a function: conditions for every answer but one, the most restrictive answer first. Where
     * conditions of several answers hold, the most restrictive one counts, so their order does not matter.
     *
     * @param standard the answer that is left if no condition holds; another one only if all calls have that
     */
    Verdict verdict(Diagram.Node function, Action standard) {
        if (function.leaf()) {
            return Verdict.of(Action.ofWord(function.answer));
        }
        TreeSet<Action> answers = new TreeSet<>();
        answers(function).forEach(word -> answers.add(Action.ofWord(word)));
        answers.remove(standard);
        List<Verdict.Choice> choices = new ArrayList<>();
        Diagram.Node stronger = logic.none;
        for (Action action : answers) {
            Diagram.Node lower =
                    logic.where(function, word -> Action.ofWord(word).equals(action));
            List<Condition> conditions = conditions(lower, logic.or(lower, stronger));
            if (conditions.stream().anyMatch(Condition::always)) {
                conditions = conditions(lower, lower);
            }
            conditions.forEach(condition -> choices.add(new Verdict.Choice(condition, action)));
            stronger = logic.or(stronger, lower);
        }
        return new Verdict(choices, standard);
    }

    /** Conditions of which one holds for every call of the first set, and none for a call outside of the second. */
    List<Condition> conditions(Diagram.Node lower, Diagram.Node upper) {
        return part(lower, upper).terms().stream()
                .map(Condition::new)
                .distinct()
                .toList();
    }

    /** The words that a function answers. */
    static Set<Integer> answers(Diagram.Node function) {
        Set<Integer> words = new LinkedHashSet<>();
        collect(function, new LinkedHashSet<>(), words);
        return words;
    }

    private static void collect(Diagram.Node node, Set<Diagram.Node> seen, Set<Integer> words) {
        if (node.leaf()) {
            words.add(node.answer);
        } else if (seen.add(node)) {
            for (Diagram.Node kid : node.kids) {
                collect(kid, seen, words);
            }
        }
    }

    private Part part(Diagram.Node lower, Diagram.Node upper) {
        if (lower == logic.none) {
            return new Part(List.of(), logic.none);
        }
        if (upper == logic.all) {
            return new Part(List.of(List.of()), logic.all);
        }
        List<Diagram.Node> key = List.of(lower, upper);
        Part known = done.get(key);
        if (known == null) {
            known = divided(lower, upper);
            done.put(key, known);
        }
        return known;
    }

    private Grid grid(int word) {
        if (word < 2 || word >= 14) {
            throw new TooComplex("the program looks at the instruction pointer");
        }
        int argument = (word - 2) / 2;
        Grid grid = grids[argument];
        if (grid == null) {
            grid = new Grid(diagram, littleEndian, argument, budget);
            grids[argument] = grid;
        }
        budget.take(grid.size());
        return grid;
    }

    /** What has to be covered and what may be, for all values of an argument that are treated alike. */
    private static final class Group {
        private Diagram.Node lower;
        private final Diagram.Node upper;
        private final BitSet region = new BitSet();

        Group(Diagram.Node lower, Diagram.Node upper) {
            this.lower = lower;
            this.upper = upper;
        }
    }

    private Part divided(Diagram.Node lower, Diagram.Node upper) {
        Grid grid = grid(Math.min(lower.word, upper.word));
        List<Group> groups = groups(grid.kids(lower), grid.kids(upper));
        Part common = common(groups);
        List<List<Comparison>> terms = new ArrayList<>(common.terms());
        Diagram.Node[] set = new Diagram.Node[grid.size()];
        Arrays.fill(set, common.set());
        for (Group group : groups) {
            group.lower = logic.minus(group.lower, common.set());
        }
        for (Group group : groups) {
            if (group.lower == logic.none) {
                continue;
            }
            Part rest = part(group.lower, group.upper);
            BitSet allowed = new BitSet();
            for (Group other : groups) {
                if (logic.within(rest.set(), other.upper)) {
                    allowed.or(other.region);
                }
            }
            BitSet covered = new BitSet();
            for (Grid.Literal literal : grid.cover(group.region, allowed)) {
                covered.or(literal.cells());
                multiply(literal.alternatives(), rest.terms(), terms);
            }
            settle(groups, covered, rest.set());
            for (int cell = covered.nextSetBit(0); cell >= 0; cell = covered.nextSetBit(cell + 1)) {
                set[cell] = logic.or(set[cell], rest.set());
            }
        }
        return new Part(terms, grid.node(set));
    }

    private static List<Group> groups(Diagram.Node[] lowers, Diagram.Node[] uppers) {
        Map<List<Diagram.Node>, Group> groups = new LinkedHashMap<>();
        for (int cell = 0; cell < lowers.length; cell++) {
            Diagram.Node lower = lowers[cell];
            Diagram.Node upper = uppers[cell];
            groups.computeIfAbsent(List.of(lower, upper), key -> new Group(lower, upper))
                    .region
                    .set(cell);
        }
        return List.copyOf(groups.values());
    }

    /** What can be covered whatever the argument is. */
    private Part common(List<Group> groups) {
        Diagram.Node upper = logic.all;
        Diagram.Node lower = logic.none;
        for (Group group : groups) {
            upper = logic.and(upper, group.upper);
        }
        if (upper == logic.none) {
            return new Part(List.of(), logic.none);
        }
        for (Group group : groups) {
            lower = logic.or(lower, group.lower);
        }
        return part(logic.and(lower, upper), upper);
    }

    /** What other groups need is less where all of their values are covered already. */
    private void settle(List<Group> groups, BitSet covered, Diagram.Node set) {
        for (Group group : groups) {
            BitSet rest = (BitSet) group.region.clone();
            rest.andNot(covered);
            if (rest.isEmpty()) {
                group.lower = logic.minus(group.lower, set);
            }
        }
    }

    private static void multiply(
            List<List<Comparison>> alternatives, List<List<Comparison>> terms, List<List<Comparison>> result) {
        for (List<Comparison> alternative : alternatives) {
            for (List<Comparison> term : terms) {
                List<Comparison> both = new ArrayList<>(alternative);
                both.addAll(term);
                result.add(both);
            }
        }
        if (result.size() > MOST) {
            throw new TooComplex("more than " + MOST + " conditions of one call");
        }
    }
}
