package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.SeccompData;
import java.util.ArrayList;
import java.util.List;

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

    /**
     * All differences on the architectures that either plan has a section for.
     *
     * @throws TooComplex if they are too many
     */
    public static List<Change> between(Plan left, Plan right) {
        Diagram diagram = new Diagram();
        PlanDiagram one = new PlanDiagram(diagram, left);
        PlanDiagram other = new PlanDiagram(diagram, right);
        one.declare();
        other.declare();
        Diagram.Node a = one.build();
        Diagram.Node b = other.build();
        List<Change> changes = new ArrayList<>();
        Domain arches = diagram.domain(Word.ARCH);
        for (int i = 0; i < arches.classes(); i++) {
            int arch = arches.representative(i);
            boolean known = left.sections().stream().anyMatch(section -> section.arch() == arch)
                    || right.sections().stream().anyMatch(section -> section.arch() == arch);
            if (known) {
                numbers(diagram, arch, kid(a, Word.ARCH, i), kid(b, Word.ARCH, i), changes);
            }
        }
        return changes;
    }

    private static Diagram.Node kid(Diagram.Node node, int word, int index) {
        return node.word == word ? node.kids[index] : node;
    }

    private static void numbers(
            Diagram diagram, int arch, Diagram.Node left, Diagram.Node right, List<Change> changes) {
        long[] starts = diagram.domain(Word.NUMBER).starts();
        int i = 0;
        while (i < starts.length) {
            Diagram.Node a = kid(left, Word.NUMBER, i);
            Diagram.Node b = kid(right, Word.NUMBER, i);
            int end = i + 1;
            while (end < starts.length && kid(left, Word.NUMBER, end) == a && kid(right, Word.NUMBER, end) == b) {
                end++;
            }
            if (a != b) {
                long last = (end < starts.length ? starts[end] : 1L << 32) - 1;
                for (Cases.Case one : Cases.of(diagram, SeccompData.littleEndian(arch), a, b)) {
                    if (one.left() != one.right()) {
                        changes.add(new Change(
                                arch,
                                (int) starts[i],
                                (int) last,
                                one.condition(),
                                Action.ofWord(one.left()),
                                Action.ofWord(one.right())));
                    }
                }
            }
            i = end;
        }
    }
}
