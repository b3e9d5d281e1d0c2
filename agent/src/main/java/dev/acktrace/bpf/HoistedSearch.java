package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The best tree in which heavy words may be asked for before their segment is known. The state of the search is an
 * interval of segments together with how many of its heaviest words have been dealt with: an equality is only worth
 * a test at the top of a tree for the heaviest word in it (Anderson, Kannan, Karloff, Ladner 2002). Intervals are
 * solved from the shortest to the longest, each for all its numbers of words, the greatest first.
 */
final class HoistedSearch {
    private static final int MOST = 9;
    private static final int STRAIGHT = 6;
    private static final byte HOIST = -1;
    private static final byte LEAF = -2;
    private static final byte NONE = -1;

    /** How far the best split may move beyond those of the intervals that are one shorter. */
    private static final int SLACK = 2;

    private final SearchTree tree;
    private final int first;
    private final SearchTree.Segment[] segments;
    private final double price;
    private final double[] sums;
    private final int[] goneBefore;

    /** The heaviest words of each interval, the heaviest first; intervals as {@link #at} numbers them. */
    private final SearchTree.Point[][] heaviest;

    /** Where the states of each interval begin, by how many words are dealt with. */
    private final int[] states;

    private final double[] costs;
    private final byte[] choices;

    /** Where a state splits, at once or after words were dealt with. */
    private final byte[] splits;

    // Of the interval and the number of words that are looked at:
    private final int[] below;
    private final int[] doneIn;
    private int doneSingles;
    private double weight;

    /**
     * A search over some segments of a tree.
     *
     * @param first index of the first
     * @param last index of the last
     * @param price what an instruction may cost, in weight
     * @param heavy the weight from which on a word may be asked for early
     */
    HoistedSearch(SearchTree tree, int first, int last, double price, double heavy) {
        this.tree = tree;
        this.first = first;
        this.segments = tree.segments.subList(first, last + 1).toArray(SearchTree.Segment[]::new);
        this.price = price;
        int count = this.segments.length;
        this.sums = new double[count + 1];
        this.goneBefore = new int[count + 1];
        this.heaviest = new SearchTree.Point[count * count][];
        this.states = new int[count * count];
        this.below = new int[count];
        this.doneIn = new int[count];
        for (int i = 0; i < count; i++) {
            sums[i + 1] = sums[i] + this.segments[i].weight;
            goneBefore[i + 1] = goneBefore[i] + (this.segments[i].gone ? 1 : 0);
        }
        int total = collect(heavy);
        this.costs = new double[total];
        this.choices = new byte[total];
        this.splits = new byte[total];
    }

    private int at(int i, int j) {
        return i * segments.length + j;
    }

    /** Finds the heaviest words of all intervals; returns how many states there are. */
    private int collect(double heavy) {
        int total = 0;
        SearchTree.Point[] best = new SearchTree.Point[MOST + 1];
        for (int i = 0; i < segments.length; i++) {
            int length = 0;
            SearchTree.Point[] shared = new SearchTree.Point[0];
            for (int j = i; j < segments.length; j++) {
                boolean changed = false;
                for (SearchTree.Point point : segments[j].points) {
                    int to = place(best, length, point);
                    if (point.weight() < heavy || to == MOST) {
                        break;
                    }
                    System.arraycopy(best, to, best, to + 1, length - to);
                    best[to] = point;
                    length = Math.min(MOST, length + 1);
                    changed = true;
                }
                shared = changed ? Arrays.copyOf(best, length) : shared;
                heaviest[at(i, j)] = shared;
                states[at(i, j)] = total;
                total += length + 1;
            }
        }
        return total;
    }

    /** Behind how many words a word stands: those that are at least as heavy. */
    private static int place(SearchTree.Point[] best, int length, SearchTree.Point point) {
        int to = length;
        while (to > 0 && best[to - 1].weight() < point.weight()) {
            to--;
        }
        return to;
    }

    Step code() {
        int count = segments.length;
        for (int length = 1; length <= count; length++) {
            for (int i = 0; i + length <= count; i++) {
                solve(i, i + length - 1);
            }
        }
        return code(0, count - 1, 0);
    }

    private void solve(int i, int j) {
        SearchTree.Point[] words = heaviest[at(i, j)];
        enter(i, j, words, words.length);
        for (int hoisted = words.length; hoisted >= 0; hoisted--) {
            solve(i, j, hoisted, hoisted < words.length);
            if (hoisted > 0) {
                leave(j, words[hoisted - 1]);
            }
        }
    }

    /** Makes a state of an interval the one that is looked at. */
    private void enter(int i, int j, SearchTree.Point[] words, int hoisted) {
        Arrays.fill(below, i, j + 1, 0);
        Arrays.fill(doneIn, i, j + 1, 0);
        doneSingles = 0;
        weight = sums[j + 1] - sums[i];
        for (int n = 0; n < hoisted; n++) {
            int owner = words[n].segment() - first;
            weight -= words[n].weight();
            below[owner]++;
            if (doneIn[owner]++ == 0 && segments[owner].single) {
                doneSingles++;
            }
        }
        for (int s = i + 1; s <= j; s++) {
            below[s] += below[s - 1];
        }
    }

    /** Goes to the state with one word less. */
    private void leave(int j, SearchTree.Point word) {
        int owner = word.segment() - first;
        weight += word.weight();
        for (int s = owner; s <= j; s++) {
            below[s]--;
        }
        if (--doneIn[owner] == 0 && segments[owner].single) {
            doneSingles--;
        }
    }

    private void solve(int i, int j, int hoisted, boolean more) {
        int state = states[at(i, j)] + hoisted;
        double best = leaf(i, j);
        byte choice = LEAF;
        double own = Math.max(0, weight) + price;
        int split = NONE;
        if (best > 0) {
            int count = segments.length;
            int from = i == j ? j : least(i, j);
            int to = i == j ? i - 1 : Math.max(greatest(i, j, hoisted), from);
            int right = (from + 1) * count + j;
            for (int s = from; s <= to; s++, right += count) {
                int low = below[s];
                double cost = own + costs[states[i * count + s] + low] + costs[states[right] + hoisted - low];
                if (cost < best) {
                    best = cost;
                    choice = (byte) (s - i);
                    split = s;
                }
            }
            if (more && own + costs[state + 1] < best) {
                best = own + costs[state + 1];
                choice = HOIST;
                split = splits[state + 1];
            }
        }
        splits[state] = (byte) split;
        costs[state] = best;
        choices[state] = choice;
    }

    /** From where on a split is looked for: a little below that of the interval without its last segment. */
    private int least(int i, int j) {
        int split = splits[states[at(i, j - 1)] + below[j - 1]];
        return split == NONE ? i : Math.min(j - 1, Math.max(i, split - SLACK));
    }

    /** Up to where a split is looked for: a little above that of the interval without its first segment. */
    private int greatest(int i, int j, int hoisted) {
        int split = splits[states[at(i + 1, j)] + hoisted - below[i]];
        return split == NONE ? j - 1 : Math.min(j - 1, split + SLACK);
    }

    /** The price of asking for what is left word by word; more than any tree if thresholds are needed. */
    private double leaf(int i, int j) {
        // Neighbours lead to different ways, so every second one must be dealt with.
        if ((j - i + 1) / 2 > doneSingles + goneBefore[j + 1] - goneBefore[i]) {
            return Double.MAX_VALUE;
        }
        List<SearchTree.Point> left = new ArrayList<>();
        if (!uniform(i, j, left)) {
            return Double.MAX_VALUE;
        }
        double rest = Math.max(0, weight);
        if (left.size() > STRAIGHT) {
            double depth = 2 + Math.log(left.size()) / Math.log(2);
            return depth * rest + 1.25 * price * left.size();
        }
        double cost = 0;
        for (SearchTree.Point point : left) {
            cost += rest + price;
            rest = Math.max(0, rest - point.weight());
        }
        return cost;
    }

    private boolean open(int segment) {
        return !segments[segment].gone && !(segments[segment].single && doneIn[segment] > 0);
    }

    /** Whether all segments of the interval lead to the same; collects the words that do not. */
    private boolean uniform(int i, int j, List<SearchTree.Point> left) {
        Step way = null;
        for (int s = i; s <= j; s++) {
            if (!open(s)) {
                continue;
            }
            if (way == null) {
                way = segments[s].way;
            } else if (way != segments[s].way) {
                return false;
            }
        }
        for (int s = i; s <= j; s++) {
            List<SearchTree.Point> points = segments[s].points;
            for (int n = doneIn[s]; open(s) && n < points.size(); n++) {
                if (!points.get(n).optional()) {
                    left.add(points.get(n));
                }
            }
        }
        return true;
    }

    private Step way(int i, int j) {
        for (int s = i; s <= j; s++) {
            if (open(s)) {
                return segments[s].way;
            }
        }
        return segments[i].way;
    }

    private Step code(int i, int j, int hoisted) {
        byte choice = choices[states[at(i, j)] + hoisted];
        SearchTree.Point[] words = heaviest[at(i, j)];
        if (choice == HOIST) {
            SearchTree.Point word = words[hoisted];
            return tree.steps.equal(tree.offset, (int) word.word(), word.way(), code(i, j, hoisted + 1));
        }
        enter(i, j, words, hoisted);
        if (choice == LEAF) {
            List<SearchTree.Point> left = new ArrayList<>();
            uniform(i, j, left);
            return tree.chain(way(i, j), left);
        }
        int s = i + choice;
        int low = below[s];
        Step above = code(s + 1, j, hoisted - low);
        Step under = code(i, s, low);
        return tree.steps.atLeast(tree.offset, (int) segments[s + 1].from, above, under);
    }
}
