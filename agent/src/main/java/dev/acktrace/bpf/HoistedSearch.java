package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The best tree in which heavy words may be asked for before their segment is known. The state of the search is an
 * interval of segments together with how many of its heaviest words have been dealt with: an equality is only worth
 * a test at the top of a tree for the heaviest word in it (Anderson, Kannan, Karloff, Ladner 2002).
 */
final class HoistedSearch {
    private static final int MOST = 9;
    private static final int STRAIGHT = 6;

    private final SearchTree tree;
    private final List<SearchTree.Segment> segments;
    private final double price;
    private final double[] sums;
    private final SearchTree.Point[][][] heaviest;
    private final int[][][] owners;
    private final double[][][] costs;
    private final byte[][][] choices;
    private final int[] doneIn;

    private static final byte HOIST = -1;
    private static final byte LEAF = -2;

    private final long gone;

    /**
     * A search over some segments.
     *
     * @param price what an instruction may cost, in weight
     * @param heavy the weight from which on a word may be asked for early
     */
    HoistedSearch(SearchTree tree, List<SearchTree.Segment> segments, double price, double heavy) {
        this.tree = tree;
        this.segments = segments;
        this.price = price;
        int count = segments.size();
        this.sums = new double[count + 1];
        this.heaviest = new SearchTree.Point[count][count][];
        this.owners = new int[count][count][];
        this.costs = new double[count][count][];
        this.choices = new byte[count][count][];
        this.doneIn = new int[count];
        this.gone = segments.stream().filter(segment -> segment.gone).count();
        for (int i = 0; i < count; i++) {
            sums[i + 1] = sums[i] + segments.get(i).weight;
        }
        for (int i = 0; i < count; i++) {
            List<SearchTree.Point> points = new ArrayList<>();
            List<Integer> segmentsOf = new ArrayList<>();
            for (int j = i; j < count; j++) {
                insert(points, segmentsOf, j, heavy);
                heaviest[i][j] = points.toArray(new SearchTree.Point[0]);
                owners[i][j] = segmentsOf.stream().mapToInt(Integer::intValue).toArray();
                costs[i][j] = new double[points.size() + 1];
                Arrays.fill(costs[i][j], -1);
                choices[i][j] = new byte[points.size() + 1];
            }
        }
    }

    private void insert(List<SearchTree.Point> points, List<Integer> of, int segment, double least) {
        for (SearchTree.Point point : segments.get(segment).points) {
            if (point.weight() < least) {
                return;
            }
            int at = points.size();
            while (at > 0 && points.get(at - 1).weight() < point.weight()) {
                at--;
            }
            points.add(at, point);
            of.add(at, segment);
            if (points.size() > MOST) {
                points.subList(MOST, points.size()).clear();
                of.subList(MOST, of.size()).clear();
            }
        }
    }

    Step code() {
        cost(0, segments.size() - 1, 0);
        return code(0, segments.size() - 1, 0);
    }

    private double remaining(int i, int j, int hoisted) {
        double weight = sums[j + 1] - sums[i];
        for (int n = 0; n < hoisted; n++) {
            weight -= heaviest[i][j][n].weight();
        }
        return Math.max(0, weight);
    }

    /** How many of the heaviest words of an interval lie at or below each segment. */
    private byte[] below(int i, int j, int hoisted) {
        byte[] below = new byte[j - i + 1];
        for (int n = 0; n < hoisted; n++) {
            below[owners[i][j][n] - i]++;
        }
        for (int s = 1; s < below.length; s++) {
            below[s] += below[s - 1];
        }
        return below;
    }

    private double cost(int i, int j, int hoisted) {
        double known = costs[i][j][hoisted];
        if (known >= 0) {
            return known;
        }
        double best = leaf(i, j, hoisted);
        byte choice = LEAF;
        double own = remaining(i, j, hoisted) + price;
        if (best > 0 && i < j) {
            byte[] below = below(i, j, hoisted);
            for (int s = i; s < j; s++) {
                double cost = own + cost(i, s, below[s - i]) + cost(s + 1, j, hoisted - below[s - i]);
                if (cost < best) {
                    best = cost;
                    choice = (byte) (s - i);
                }
            }
        }
        if (best > 0 && hoisted < heaviest[i][j].length) {
            double cost = own + cost(i, j, hoisted + 1);
            if (cost < best) {
                best = cost;
                choice = HOIST;
            }
        }
        costs[i][j][hoisted] = best;
        choices[i][j][hoisted] = choice;
        return best;
    }

    /** The price of asking for what is left word by word; more than any tree if thresholds are needed. */
    private double leaf(int i, int j, int hoisted) {
        List<SearchTree.Point> left = new ArrayList<>();
        if (!uniform(i, j, hoisted, left)) {
            return Double.MAX_VALUE;
        }
        double weight = remaining(i, j, hoisted);
        if (left.size() > STRAIGHT) {
            double depth = 2 + Math.log(left.size()) / Math.log(2);
            return depth * weight + 1.25 * price * left.size();
        }
        double cost = 0;
        for (SearchTree.Point point : left) {
            cost += weight + price;
            weight = Math.max(0, weight - point.weight());
        }
        return cost;
    }

    /** Whether all segments of an interval lead to the same; collects the words that do not. */
    private boolean uniform(int i, int j, int hoisted, List<SearchTree.Point> left) {
        if ((j - i + 1) / 2 > hoisted + gone) {
            return false; // neighbours lead to different ways, and too few of them are dealt with
        }
        Step way = null;
        Arrays.fill(doneIn, i, j + 1, 0);
        for (int n = 0; n < hoisted; n++) {
            doneIn[owners[i][j][n]]++;
        }
        for (int s = i; s <= j; s++) {
            SearchTree.Segment segment = segments.get(s);
            if (segment.gone || (segment.single && doneIn[s] > 0)) {
                continue;
            }
            if (way == null) {
                way = segment.way;
            } else if (way != segment.way) {
                return false;
            }
            for (int n = doneIn[s]; n < segment.points.size(); n++) {
                if (!segment.points.get(n).optional()) {
                    left.add(segment.points.get(n));
                }
            }
        }
        return true;
    }

    private Step way(int i, int j, int hoisted) {
        byte[] below = below(i, j, hoisted);
        for (int s = i; s <= j; s++) {
            boolean done = below[s - i] > (s == i ? 0 : below[s - i - 1]);
            SearchTree.Segment segment = segments.get(s);
            if (!segment.gone && !(segment.single && done)) {
                return segment.way;
            }
        }
        return segments.get(i).way;
    }

    private Step code(int i, int j, int hoisted) {
        byte choice = choices[i][j][hoisted];
        if (choice == LEAF) {
            List<SearchTree.Point> left = new ArrayList<>();
            uniform(i, j, hoisted, left);
            return tree.chain(way(i, j, hoisted), left);
        }
        if (choice == HOIST) {
            SearchTree.Point point = heaviest[i][j][hoisted];
            return tree.steps.equal(tree.offset, (int) point.word(), point.way(), code(i, j, hoisted + 1));
        }
        int s = i + choice;
        int low = below(i, j, hoisted)[choice];
        Step above = code(s + 1, j, hoisted - low);
        Step under = code(i, s, low);
        return tree.steps.atLeast(tree.offset, (int) segments.get(s + 1).from, above, under);
    }
}
