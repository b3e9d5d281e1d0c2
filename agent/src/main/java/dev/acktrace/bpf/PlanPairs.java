package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Two plans side by side, cut where either changes its verdict. */
final class PlanPairs {
    private final Plan left;
    private final Plan right;

    PlanPairs(Plan left, Plan right) {
        this.left = left;
        this.right = right;
    }

    /**
     * Consecutive numbers with one verdict in each plan.
     *
     * @param from the first number, unsigned
     * @param to the last one, unsigned
     */
    record Pair(int from, int to, Verdict left, Verdict right) {}

    /** Architectures that either plan has a section for, in its order. */
    Set<Integer> arches() {
        Set<Integer> arches = new LinkedHashSet<>();
        left.sections().forEach(section -> arches.add(section.arch()));
        right.sections().forEach(section -> arches.add(section.arch()));
        return arches;
    }

    List<Pair> of(int arch) {
        Plan.Section one = left.section(arch);
        Plan.Section other = right.section(arch);
        TreeSet<Long> starts = new TreeSet<>();
        one.spans().forEach(span -> starts.add(Integer.toUnsignedLong(span.from())));
        other.spans().forEach(span -> starts.add(Integer.toUnsignedLong(span.from())));
        List<Pair> pairs = new ArrayList<>();
        Long from = starts.pollFirst();
        while (from != null) {
            Long next = starts.pollFirst();
            int first = from.intValue();
            int last = next == null ? -1 : (int) (next - 1);
            pairs.add(new Pair(first, last, one.verdict(first), other.verdict(first)));
            from = next;
        }
        return pairs;
    }

    /** The function of each of two verdicts, in one diagram. */
    static final class Functions {
        final Diagram diagram = new Diagram();
        final Diagram.Node left;
        final Diagram.Node right;

        Functions(int arch, Verdict left, Verdict right) {
            VerdictDiagram verdicts = new VerdictDiagram(diagram, arch);
            verdicts.declare(left);
            verdicts.declare(right);
            this.left = verdicts.of(left);
            this.right = verdicts.of(right);
        }
    }
}
