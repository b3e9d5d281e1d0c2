package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.SeccompData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Where two plans answer differently: calls and conditions, not text. */
public final class PlanDifference {
    private PlanDifference() {}

    /**
     * Consecutive numbers for which two plans differ in the same way.
     *
     * @param arch {@code AUDIT_ARCH_*}
     * @param from first value of {@code seccomp_data.nr}, unsigned
     * @param to last value, unsigned
     * @param condition on the arguments
     * @param left the answer of the first plan
     * @param right the answer of the second
     */
    public record Change(int arch, int from, int to, Condition condition, Action left, Action right) {
        /** Whether the second plan is less restrictive here. */
        public boolean loosens() {
            return right.compareTo(left) > 0;
        }
    }

    /** Under a condition two verdicts give these answers. */
    private record Case(Condition condition, Action left, Action right) {}

    /**
     * All differences on the architectures that either plan has a section for; {@code badArch} is not compared.
     *
     * @throws TooComplex if they are too many
     */
    public static List<Change> between(Plan left, Plan right) {
        PlanPairs pairs = new PlanPairs(left, right);
        Budget budget = new Budget();
        List<Change> changes = new ArrayList<>();
        for (int arch : pairs.arches()) {
            Map<List<Verdict>, List<Case>> known = new HashMap<>();
            for (PlanPairs.Pair pair : joined(pairs.of(arch))) {
                List<Case> cases = known.computeIfAbsent(
                        List.of(pair.left(), pair.right()), key -> cases(arch, key.get(0), key.get(1), budget));
                for (Case one : cases) {
                    changes.add(new Change(arch, pair.from(), pair.to(), one.condition(), one.left(), one.right()));
                }
            }
        }
        return changes;
    }

    /** Neighbours with the same verdicts are one. */
    private static List<PlanPairs.Pair> joined(List<PlanPairs.Pair> pairs) {
        List<PlanPairs.Pair> all = new ArrayList<>();
        for (PlanPairs.Pair pair : pairs) {
            int last = all.size() - 1;
            if (last >= 0
                    && all.get(last).left().equals(pair.left())
                    && all.get(last).right().equals(pair.right())) {
                all.set(last, new PlanPairs.Pair(all.get(last).from(), pair.to(), pair.left(), pair.right()));
            } else {
                all.add(pair);
            }
        }
        return all;
    }

    private static List<Case> cases(int arch, Verdict left, Verdict right, Budget budget) {
        if (left.equals(right)) {
            return List.of();
        }
        if (left.constant() && right.constant()) {
            return List.of(new Case(Condition.ALWAYS, left.otherwise(), right.otherwise()));
        }
        PlanPairs.Functions functions = new PlanPairs.Functions(arch, left, right);
        if (functions.left == functions.right) {
            return List.of();
        }
        Cover cover = new Cover(functions.diagram, SeccompData.littleEndian(arch), budget);
        Logic logic = new Logic(functions.diagram, budget);
        List<Case> cases = new ArrayList<>();
        for (Action before : answers(functions.left)) {
            Diagram.Node was =
                    logic.where(functions.left, word -> Action.ofWord(word).equals(before));
            for (Action after : answers(functions.right)) {
                if (!before.equals(after)) {
                    Diagram.Node is = logic.where(
                            functions.right, word -> Action.ofWord(word).equals(after));
                    Diagram.Node both = logic.and(was, is);
                    cover.conditions(both, both).forEach(condition -> cases.add(new Case(condition, before, after)));
                }
            }
        }
        return cases;
    }

    private static Set<Action> answers(Diagram.Node function) {
        Set<Action> answers = new TreeSet<>();
        Cover.answers(function).forEach(word -> answers.add(Action.ofWord(word)));
        return answers;
    }
}
