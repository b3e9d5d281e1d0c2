package dev.acktrace.bpf;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Sets of calls: functions of a {@link Diagram} that answer 1 for a call in the set and 0 for all others. */
final class Logic {
    private enum Operation {
        AND,
        OR,
        MINUS
    }

    private record Key(Operation operation, Diagram.Node left, Diagram.Node right) {}

    private final Diagram diagram;
    private final Map<Key, Diagram.Node> done = new HashMap<>();
    private final Budget budget;

    final Diagram.Node none;
    final Diagram.Node all;

    Logic(Diagram diagram, Budget budget) {
        this.budget = budget;
        this.diagram = diagram;
        this.none = diagram.leaf(0);
        this.all = diagram.leaf(1);
    }

    /** The calls whose answer is one of these. */
    Diagram.Node where(Diagram.Node function, IntPredicate answers) {
        return where(function, answers, new HashMap<>());
    }

    private Diagram.Node where(Diagram.Node node, IntPredicate answers, Map<Diagram.Node, Diagram.Node> known) {
        if (node.leaf()) {
            return answers.test(node.answer) ? all : none;
        }
        Diagram.Node found = known.get(node);
        if (found == null) {
            Diagram.Node[] kids = new Diagram.Node[node.kids.length];
            for (int i = 0; i < kids.length; i++) {
                kids[i] = where(node.kids[i], answers, known);
            }
            found = diagram.branch(node.word, kids);
            known.put(node, found);
        }
        return found;
    }

    Diagram.Node and(Diagram.Node left, Diagram.Node right) {
        return apply(Operation.AND, left, right);
    }

    Diagram.Node or(Diagram.Node left, Diagram.Node right) {
        return apply(Operation.OR, left, right);
    }

    /** What is in the first set and not in the second. */
    Diagram.Node minus(Diagram.Node left, Diagram.Node right) {
        return apply(Operation.MINUS, left, right);
    }

    /** Whether the second set holds all of the first. */
    boolean within(Diagram.Node inner, Diagram.Node outer) {
        return minus(inner, outer) == none;
    }

    private Diagram.Node apply(Operation operation, Diagram.Node left, Diagram.Node right) {
        Diagram.Node quick = quick(operation, left, right);
        if (quick != null) {
            return quick;
        }
        Key key = new Key(operation, left, right);
        Diagram.Node known = done.get(key);
        if (known == null) {
            int word = Math.min(left.word, right.word);
            Diagram.Node[] kids = new Diagram.Node[diagram.domain(word).classes()];
            budget.take(kids.length);
            for (int i = 0; i < kids.length; i++) {
                kids[i] = apply(
                        operation, left.word == word ? left.kids[i] : left, right.word == word ? right.kids[i] : right);
            }
            known = diagram.branch(word, kids);
            done.put(key, known);
        }
        return known;
    }

    private Diagram.@Nullable Node quick(Operation operation, Diagram.Node left, Diagram.Node right) {
        return switch (operation) {
            case AND ->
                left == none || right == none ? none : left == all ? right : right == all ? left : same(left, right);
            case OR ->
                left == all || right == all ? all : left == none ? right : right == none ? left : same(left, right);
            case MINUS -> left == none || right == all || left == right ? none : right == none ? left : null;
        };
    }

    private static Diagram.@Nullable Node same(Diagram.Node left, Diagram.Node right) {
        return left == right ? left : null;
    }
}
