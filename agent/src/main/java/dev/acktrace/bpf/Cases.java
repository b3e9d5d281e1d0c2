package dev.acktrace.bpf;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Walks one or two functions of a diagram side by side and says for each pair of answers under which conditions on
 * the arguments it is given.
 */
final class Cases {
    private static final int MOST = 20_000;

    private final Diagram diagram;
    private final boolean littleEndian;
    private final List<Case> found = new ArrayList<>();

    /** A condition, and the answers under it. */
    record Case(Condition condition, int left, int right) {}

    private Cases(Diagram diagram, boolean littleEndian) {
        this.diagram = diagram;
        this.littleEndian = littleEndian;
    }

    /** All cases of two functions of the arguments; they exclude each other, or answer the same. */
    static List<Case> of(Diagram diagram, boolean littleEndian, Diagram.Node left, Diagram.Node right) {
        Cases cases = new Cases(diagram, littleEndian);
        cases.walk(left, right, List.of());
        return cases.found;
    }

    private void walk(Diagram.Node left, Diagram.Node right, List<Comparison> path) {
        if (left.leaf() && right.leaf()) {
            if (found.size() >= MOST) {
                throw new TooComplex("more than " + MOST + " cases of one call");
            }
            found.add(new Case(new Condition(joined(path)), left.answer, right.answer));
            return;
        }
        int word = Math.min(left.word, right.word);
        Map<List<Diagram.Node>, BitSet> groups = new LinkedHashMap<>();
        for (int i = 0; i < diagram.domain(word).classes(); i++) {
            Diagram.Node kidLeft = left.word == word ? left.kids[i] : left;
            Diagram.Node kidRight = right.word == word ? right.kids[i] : right;
            groups.computeIfAbsent(List.of(kidLeft, kidRight), pair -> new BitSet())
                    .set(i);
        }
        groups.forEach((pair, classes) -> {
            for (List<Comparison> tests : tests(word, classes)) {
                List<Comparison> longer = new ArrayList<>(path);
                longer.addAll(tests);
                walk(pair.get(0), pair.get(1), longer);
            }
        });
    }

    /** Alternatives that together say that a word is in some classes. */
    private List<List<Comparison>> tests(int word, BitSet classes) {
        if (word < 2 || word >= 14) {
            throw new TooComplex("the program looks at the instruction pointer, or at the number after the arguments");
        }
        Domain domain = diagram.domain(word);
        List<List<Comparison>> tests = new ArrayList<>();
        if (domain.rangesOnly()) {
            long[] starts = domain.starts();
            for (int from = classes.nextSetBit(0); from >= 0; ) {
                int to = classes.nextClearBit(from);
                long end = to < starts.length ? starts[to] : 1L << 32;
                tests.add(range(word, starts[from], end - 1));
                from = classes.nextSetBit(to);
            }
            return tests;
        }
        for (WordSet cube : domain.cubes()) {
            BitSet inside = new BitSet();
            for (int i = 0; i < domain.classes(); i++) {
                inside.set(i, cube.contains(domain.representative(i)));
            }
            if (inside.equals(classes)) {
                return List.of(List.of(masked(word, cube.first(), cube.second())));
            }
            inside.flip(0, domain.classes());
            if (inside.equals(classes)) {
                return outside(word, cube);
            }
        }
        for (int i = classes.nextSetBit(0); i >= 0; i = classes.nextSetBit(i + 1)) {
            tests.addAll(single(word, domain, i));
        }
        return tests;
    }

    private List<List<Comparison>> single(int word, Domain domain, int index) {
        int cell = domain.cell(index);
        long[] starts = domain.starts();
        long end = cell + 1 < starts.length ? starts[cell + 1] : 1L << 32;
        List<List<Comparison>> result = new ArrayList<>();
        result.add(range(word, starts[cell], end - 1));
        if (end - starts[cell] == 1) {
            return result;
        }
        for (WordSet cube : domain.cubes()) {
            boolean in = cube.contains(domain.representative(index));
            List<List<Comparison>> choices =
                    in ? List.of(List.of(masked(word, cube.first(), cube.second()))) : outside(word, cube);
            List<List<Comparison>> product = new ArrayList<>();
            for (List<Comparison> left : result) {
                for (List<Comparison> right : choices) {
                    List<Comparison> both = new ArrayList<>(left);
                    both.addAll(right);
                    product.add(both);
                }
            }
            if (product.size() > MOST) {
                throw new TooComplex("more than " + MOST + " cases of one argument");
            }
            result = product;
        }
        return result;
    }

    private int argument(int word) {
        return (word - 2) / 2;
    }

    private boolean high(int word) {
        return Word.high(argument(word), littleEndian) == word;
    }

    private Comparison masked(int word, int mask, int value) {
        long wideMask = Integer.toUnsignedLong(mask);
        long wideValue = Integer.toUnsignedLong(value);
        return high(word)
                ? Comparison.masked(argument(word), wideMask << 32, wideValue << 32)
                : new Comparison(argument(word), Operator.MASKED_EQ, 32, wideMask, wideValue);
    }

    /** Disjoint alternatives that say that a word is not in a cube. */
    private List<List<Comparison>> outside(int word, WordSet cube) {
        List<List<Comparison>> alternatives = new ArrayList<>();
        int known = 0;
        for (int left = cube.first(); left != 0; left &= left - 1) {
            int bit = Integer.lowestOneBit(left);
            int mask = known | bit;
            alternatives.add(List.of(masked(word, mask, (cube.second() & known) | (~cube.second() & bit))));
            known = mask;
        }
        return alternatives;
    }

    private List<Comparison> range(int word, long least, long most) {
        int index = argument(word);
        long all = 0xFFFF_FFFFL;
        List<Comparison> tests = new ArrayList<>();
        if (high(word)) {
            if (least == most) {
                return List.of(Comparison.masked(index, all << 32, least << 32));
            }
            if (least > 0) {
                tests.add(Comparison.of(index, Operator.GE, least << 32));
            }
            if (most < all) {
                tests.add(Comparison.of(index, Operator.LE, most << 32 | all));
            }
            return tests;
        }
        if (least == most) {
            return List.of(Comparison.narrow(index, Operator.EQ, least));
        }
        if (least > 0) {
            tests.add(Comparison.narrow(index, Operator.GE, least));
        }
        if (most < all) {
            tests.add(Comparison.narrow(index, Operator.LE, most));
        }
        return tests;
    }

    /** Both halves of an argument that are single values become one comparison. */
    private static List<Comparison> joined(List<Comparison> path) {
        List<Comparison> result = new ArrayList<>(path);
        for (Comparison high : path) {
            if (high.operator() != Operator.MASKED_EQ || high.mask() != 0xFFFF_FFFFL << 32) {
                continue;
            }
            for (Comparison low : path) {
                boolean same = low.index() == high.index() && low.bits() == 32 && low.operator() == Operator.EQ;
                if (same) {
                    result.removeAll(Arrays.asList(high, low));
                    result.add(Comparison.of(low.index(), Operator.EQ, high.value() | low.value()));
                }
            }
        }
        return result;
    }
}
