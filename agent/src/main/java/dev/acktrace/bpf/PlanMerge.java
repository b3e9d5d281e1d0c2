package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
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
        INTERSECTION
    }

    private final Diagram diagram = new Diagram();
    private final Mode mode;
    private final Map<List<Diagram.Node>, Diagram.Node> done = new HashMap<>();

    private PlanMerge(Mode mode) {
        this.mode = mode;
    }

    /**
     * The plan that answers each call as one of two plans does.
     *
     * @throws TooComplex if its cases are too many
     */
    public static Plan of(Plan left, Plan right, Mode mode) {
        return new PlanMerge(mode).merge(left, right);
    }

    private Plan merge(Plan left, Plan right) {
        Decompiler decompiler = new Decompiler(diagram);
        PlanDiagram one = new PlanDiagram(diagram, left);
        PlanDiagram other = new PlanDiagram(diagram, right);
        decompiler.declare();
        one.declare();
        other.declare();
        return decompiler.of(combine(one.build(), other.build())).plan();
    }

    private Diagram.Node combine(Diagram.Node left, Diagram.Node right) {
        if (left == right) {
            return left;
        }
        if (left.leaf() && right.leaf()) {
            int order = Action.ofWord(left.answer).compareTo(Action.ofWord(right.answer));
            return (order > 0) == (mode == Mode.UNION) ? left : right;
        }
        List<Diagram.Node> pair = List.of(left, right);
        Diagram.Node known = done.get(pair);
        if (known == null) {
            int word = Math.min(left.word, right.word);
            Diagram.Node[] kids = new Diagram.Node[diagram.domain(word).classes()];
            for (int i = 0; i < kids.length; i++) {
                kids[i] = combine(left.word == word ? left.kids[i] : left, right.word == word ? right.kids[i] : right);
            }
            known = diagram.branch(word, kids);
            done.put(pair, known);
        }
        return known;
    }
}
