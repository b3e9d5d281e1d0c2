package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns the part of a diagram that looks at arguments into steps. */
final class ArgumentCode {
    private final Diagram diagram;
    private final Step.Factory steps;
    private final CompileGoal goal;
    private final Map<Diagram.Node, Step> done = new HashMap<>();

    ArgumentCode(Diagram diagram, Step.Factory steps, CompileGoal goal) {
        this.diagram = diagram;
        this.steps = steps;
        this.goal = goal;
    }

    Step of(Diagram.Node node) {
        if (node.leaf()) {
            return steps.answer(node.answer);
        }
        Step known = done.get(node);
        if (known != null) {
            return known;
        }
        Step[] ways = new Step[node.kids.length];
        for (int i = 0; i < ways.length; i++) {
            ways[i] = of(node.kids[i]);
        }
        Domain domain = diagram.domain(node.word);
        BitSet classes = new BitSet();
        classes.set(0, ways.length);
        Step step = new Mixed(domain, ways, Word.offset(node.word)).code(classes);
        done.put(node, step);
        return step;
    }

    /** One word whose classes are parted by ranges and by masks. */
    private final class Mixed {
        private final Domain domain;
        private final Step[] ways;
        private final int offset;
        private final List<WordSet> cubes;
        private final Map<BitSet, Step> known = new HashMap<>();

        Mixed(Domain domain, Step[] ways, int offset) {
            this.domain = domain;
            this.ways = ways;
            this.offset = offset;
            this.cubes = domain.cubes();
        }

        Step code(BitSet classes) {
            Step before = known.get(classes);
            if (before != null) {
                return before;
            }
            Step step = conflicts(classes) == 0 ? byRange(classes) : byMask(classes);
            known.put((BitSet) classes.clone(), step);
            return step;
        }

        /** How many ranges hold classes that lead to different ways, weighted by how many ways. */
        private int conflicts(BitSet classes) {
            int conflicts = 0;
            int cell = -1;
            Step way = null;
            for (int i = classes.nextSetBit(0); i >= 0; i = classes.nextSetBit(i + 1)) {
                if (domain.cell(i) != cell) {
                    cell = domain.cell(i);
                    way = ways[i];
                } else if (way != ways[i]) {
                    conflicts++;
                    way = ways[i];
                }
            }
            return conflicts;
        }

        private Step byRange(BitSet classes) {
            List<Switch.Run> runs = new ArrayList<>();
            long[] starts = domain.starts();
            Step way = ways[classes.nextSetBit(0)];
            int from = 0;
            for (int cell = 0; cell < starts.length; cell++) {
                int first = classes.nextSetBit(from);
                if (first >= 0 && domain.cell(first) == cell) {
                    way = ways[first];
                    while (first >= 0 && domain.cell(first) == cell) {
                        from = first + 1;
                        first = classes.nextSetBit(from);
                    }
                }
                long end = cell + 1 < starts.length ? starts[cell + 1] : 1L << 32;
                runs.add(new Switch.Run(starts[cell], way, end - starts[cell] == 1 ? 1 : 0.25));
            }
            return Switch.code(steps, offset, runs, goal);
        }

        private Step byMask(BitSet classes) {
            WordSet best = cubes.get(0);
            BitSet bestInside = new BitSet();
            int least = Integer.MAX_VALUE;
            for (WordSet cube : cubes) {
                BitSet inside = inside(classes, cube);
                if (inside.isEmpty() || inside.equals(classes)) {
                    continue;
                }
                BitSet outside = (BitSet) classes.clone();
                outside.andNot(inside);
                boolean oneJump = cube.second() == 0 || Integer.bitCount(cube.first()) == 1;
                int price = 4 * (conflicts(inside) + conflicts(outside)) + (oneJump ? 0 : 1);
                if (price < least) {
                    least = price;
                    best = cube;
                    bestInside = inside;
                }
            }
            if (least == Integer.MAX_VALUE) {
                throw new IllegalStateException("classes of one word cannot be told apart");
            }
            BitSet outside = (BitSet) classes.clone();
            outside.andNot(bestInside);
            return steps.in(offset, best, code(bestInside), code(outside));
        }

        private BitSet inside(BitSet classes, WordSet cube) {
            BitSet inside = new BitSet();
            for (int i = classes.nextSetBit(0); i >= 0; i = classes.nextSetBit(i + 1)) {
                if (cube.contains(domain.representative(i))) {
                    inside.set(i);
                }
            }
            return inside;
        }
    }
}
