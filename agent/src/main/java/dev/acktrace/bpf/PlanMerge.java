package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What two plans say together. */
public final class PlanMerge {
    /** Which of two answers counts. */
    public enum Mode {
        /** The less restrictive one: what either allows is allowed. */
        UNION,
        /** The more restrictive one: what both allow is allowed. */
        INTERSECTION,
        /** As the kernel: the more restrictive action, and of two equal ones the data of the first plan. */
        STACK;

        Action choose(Action left, Action right) {
            if (this == STACK) {
                return left.kind().base() <= right.kind().base() ? left : right;
            }
            return (left.compareTo(right) > 0) == (this == UNION) ? left : right;
        }
    }

    private static final int UNUSED_NUMBER = 0x3FFFFFFF;

    private final PlanPairs pairs;
    private final Mode mode;
    private final Budget budget = new Budget();

    private PlanMerge(PlanPairs pairs, Mode mode) {
        this.pairs = pairs;
        this.mode = mode;
    }

    /**
     * The plan that answers each call as one of two plans does.
     *
     * @throws TooComplex if its cases are too many
     */
    public static Plan of(Plan left, Plan right, Mode mode) {
        PlanMerge merge = new PlanMerge(new PlanPairs(left, right), mode);
        List<Plan.Section> sections = new ArrayList<>();
        for (int arch : merge.pairs.arches()) {
            sections.add(merge.section(
                    arch,
                    mode.choose(
                            left.section(arch).verdict(UNUSED_NUMBER).otherwise(),
                            right.section(arch).verdict(UNUSED_NUMBER).otherwise())));
        }
        return new Plan(sections, mode.choose(left.badArch(), right.badArch()));
    }

    private Plan.Section section(int arch, Action standard) {
        Map<List<Verdict>, Verdict> known = new HashMap<>();
        List<Plan.Span> spans = new ArrayList<>();
        for (PlanPairs.Pair pair : pairs.of(arch)) {
            Verdict merged = known.computeIfAbsent(
                    List.of(pair.left(), pair.right()), key -> merged(arch, key.get(0), key.get(1), standard));
            if (spans.isEmpty() || !spans.get(spans.size() - 1).verdict().equals(merged)) {
                spans.add(new Plan.Span(pair.from(), merged));
            }
        }
        return new Plan.Section(arch, spans);
    }

    private Verdict merged(int arch, Verdict left, Verdict right, Action standard) {
        if (left.equals(right)) {
            return left;
        }
        if (left.constant() && right.constant()) {
            return Verdict.of(mode.choose(left.otherwise(), right.otherwise()));
        }
        PlanPairs.Functions functions = new PlanPairs.Functions(arch, left, right);
        Diagram.Node both = new Combination(functions.diagram).of(functions.left, functions.right);
        return new Cover(functions.diagram, SeccompData.littleEndian(arch), budget).verdict(both, standard);
    }

    private final class Combination {
        private final Diagram diagram;
        private final Map<List<Diagram.Node>, Diagram.Node> done = new HashMap<>();

        Combination(Diagram diagram) {
            this.diagram = diagram;
        }

        Diagram.Node of(Diagram.Node left, Diagram.Node right) {
            if (left == right) {
                return left;
            }
            if (left.leaf() && right.leaf()) {
                return diagram.leaf(mode.choose(Action.ofWord(left.answer), Action.ofWord(right.answer))
                        .word());
            }
            List<Diagram.Node> pair = List.of(left, right);
            Diagram.Node known = done.get(pair);
            if (known == null) {
                int word = Math.min(left.word, right.word);
                Diagram.Node[] kids = new Diagram.Node[diagram.domain(word).classes()];
                for (int i = 0; i < kids.length; i++) {
                    kids[i] = of(left.word == word ? left.kids[i] : left, right.word == word ? right.kids[i] : right);
                }
                known = diagram.branch(word, kids);
                done.put(pair, known);
            }
            return known;
        }
    }
}
