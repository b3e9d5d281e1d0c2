package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The search tree with the least expected number of tests, over segments that are parted by thresholds. Points are
 * words inside a segment that lead elsewhere and must be asked for; shortcuts are words that may be asked for before
 * their segment is known. Either is asked for in the order of weight.
 *
 * <p>The state of the search is an interval of segments together with how many of its heaviest points and shortcuts
 * have been dealt with: an equality is only worth a test at the top of a tree for the heaviest word in it (Anderson,
 * Kannan, Karloff, Ladner 2002).
 */
final class SearchTree {
    private static final int MAX_HOISTED = 9;
    private static final int MAX_SEGMENTS = 120;

    private final Step.Factory steps;
    private final int offset;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Point> points = new ArrayList<>();
    private double nodePrice;
    private double[][] weights = {};
    private Point[][][] heaviest = {};
    private double[][][] costs = {};
    private byte[][][] hoists = {};
    private short[][][] splits = {};

    private static final class Segment {
        final long from;
        final Step way;
        double weight;
        final List<Point> points = new ArrayList<>();
        boolean single;

        Segment(long from, Step way, double weight) {
            this.from = from;
            this.way = way;
            this.weight = weight;
        }
    }

    private record Point(long word, Step way, double weight, int segment, boolean optional) {}

    SearchTree(Step.Factory steps, int offset) {
        this.steps = steps;
        this.offset = offset;
    }

    /** Adds a segment; merged with the one before if both lead to the same. */
    void segment(long from, Step way, double weight) {
        int last = segments.size() - 1;
        if (last >= 0 && segments.get(last).way == way) {
            segments.get(last).weight += weight;
        } else {
            segments.add(new Segment(last < 0 ? 0 : from, way, weight));
        }
    }

    /** Adds a word that leads elsewhere than its segment. */
    void point(long word, Step way, double weight) {
        int segment = find(word);
        if (segments.get(segment).way != way) {
            points.add(new Point(word, way, weight, segment, false));
        }
        segments.get(segment).weight += weight;
    }

    /** Adds a word of a segment that is worth asking for early. */
    void shortcut(long word, Step way, double weight) {
        points.add(new Point(word, way, weight, find(word), true));
    }

    private int find(long word) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).from <= word) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /**
     * The code.
     *
     * @param shortcuts whether tests may be spent on shortcuts
     */
    Step build(boolean shortcuts) {
        if (!shortcuts) {
            points.removeIf(Point::optional);
        }
        points.sort(Comparator.comparingDouble((Point point) -> -point.weight())
                .thenComparing(Point::optional)
                .thenComparingLong(Point::word));
        for (Point point : points) {
            Segment segment = segments.get(point.segment());
            segment.points.add(point);
            segment.single |= point.optional() && isSingle(point);
        }
        double total = 0;
        for (Segment segment : segments) {
            total += segment.weight;
        }
        nodePrice = total <= 0 ? 1 : total * (shortcuts ? 2e-4 : 1e-6);
        return top(0, segments.size() - 1);
    }

    /** Halves intervals that are too long for the exact search by weight, asking for very heavy words first. */
    private Step top(int i, int j) {
        if (j - i < MAX_SEGMENTS) {
            return exact(segments.subList(i, j + 1));
        }
        double total = 0;
        Point heavy = null;
        for (int s = i; s <= j; s++) {
            total += segments.get(s).weight;
            List<Point> own = segments.get(s).points;
            if (!own.isEmpty() && (heavy == null || own.get(0).weight() > heavy.weight())) {
                heavy = own.get(0);
            }
        }
        if (heavy != null && heavy.weight() * 4 > total) {
            Segment segment = segments.get(heavy.segment());
            segment.points.remove(0);
            segment.weight -= heavy.weight();
            return steps.equal(offset, (int) heavy.word(), heavy.way(), top(i, j));
        }
        double below = 0;
        int split = i;
        while (split < j - 1 && below + segments.get(split).weight < total / 2) {
            below += segments.get(split).weight;
            split++;
        }
        split = total <= 0 ? (i + j) >>> 1 : split;
        return steps.atLeast(offset, (int) segments.get(split + 1).from, top(split + 1, j), top(i, split));
    }

    private Step exact(List<Segment> some) {
        SearchTree part = new SearchTree(steps, offset);
        part.nodePrice = nodePrice;
        for (Segment segment : some) {
            List<Point> moved = new ArrayList<>();
            for (Point point : segment.points) {
                moved.add(new Point(point.word(), point.way(), point.weight(), part.segments.size(), point.optional()));
            }
            Segment copy = new Segment(segment.from, segment.way, segment.weight);
            copy.points.addAll(moved);
            copy.single = segment.single;
            part.segments.add(copy);
        }
        part.prepare();
        part.cost(0, some.size() - 1, 0);
        return part.code(0, some.size() - 1, 0);
    }

    private boolean isSingle(Point point) {
        long end = point.segment() + 1 < segments.size() ? segments.get(point.segment() + 1).from : 1L << 32;
        return segments.get(point.segment()).from == point.word() && end == point.word() + 1;
    }

    private void prepare() {
        int count = segments.size();
        weights = new double[count][count];
        heaviest = new Point[count][count][];
        costs = new double[count][count][];
        hoists = new byte[count][count][];
        splits = new short[count][count][];
        for (int i = 0; i < count; i++) {
            double weight = 0;
            Point[] best = {};
            for (int j = i; j < count; j++) {
                weight += segments.get(j).weight;
                best = merge(best, segments.get(j).points);
                weights[i][j] = weight;
                heaviest[i][j] = best;
                costs[i][j] = new double[best.length + 1];
                Arrays.fill(costs[i][j], -1);
                hoists[i][j] = new byte[best.length + 1];
                splits[i][j] = new short[best.length + 1];
            }
        }
    }

    private Point[] merge(Point[] best, List<Point> more) {
        if (more.isEmpty()) {
            return best;
        }
        List<Point> all = new ArrayList<>(Arrays.asList(best));
        all.addAll(more.subList(0, Math.min(more.size(), MAX_HOISTED)));
        all.sort(Comparator.comparingDouble((Point point) -> -point.weight())
                .thenComparing(Point::optional)
                .thenComparingLong(Point::word));
        return all.subList(0, Math.min(all.size(), MAX_HOISTED)).toArray(new Point[0]);
    }

    private int hoistedIn(int i, int j, int hoisted, int low, int high) {
        int count = 0;
        for (int n = 0; n < hoisted; n++) {
            int segment = heaviest[i][j][n].segment();
            if (segment >= low && segment <= high) {
                count++;
            }
        }
        return count;
    }

    private double remaining(int i, int j, int hoisted) {
        double weight = weights[i][j];
        for (int n = 0; n < hoisted; n++) {
            weight -= heaviest[i][j][n].weight();
        }
        return Math.max(0, weight);
    }

    /** Whether nothing is left to tell apart in an interval. */
    private boolean settled(int i, int j, int hoisted) {
        Step way = null;
        for (int s = i; s <= j; s++) {
            Segment segment = segments.get(s);
            int done = i == j ? hoisted : hoistedIn(i, j, hoisted, s, s);
            if (segment.single && done > 0) {
                continue;
            }
            for (int n = done; n < segment.points.size(); n++) {
                if (!segment.points.get(n).optional()) {
                    return false;
                }
            }
            if (way == null) {
                way = segment.way;
            } else if (way != segment.way) {
                return false;
            }
        }
        return true;
    }

    private double cost(int i, int j, int hoisted) {
        double known = costs[i][j][hoisted];
        if (known >= 0) {
            return known;
        }
        double best;
        if (settled(i, j, hoisted)) {
            best = 0;
        } else if (i == j) {
            best = chain(i, hoisted);
        } else {
            best = bestSplit(i, j, hoisted);
            if (hoisted < heaviest[i][j].length) {
                double hoist = remaining(i, j, hoisted) + nodePrice + cost(i, j, hoisted + 1);
                if (hoist < best) {
                    best = hoist;
                    hoists[i][j][hoisted] = 1;
                }
            }
        }
        costs[i][j][hoisted] = best;
        return best;
    }

    private double bestSplit(int i, int j, int hoisted) {
        double best = Double.MAX_VALUE;
        double own = remaining(i, j, hoisted) + nodePrice;
        for (int s = i; s < j; s++) {
            double cost = own
                    + cost(i, s, hoistedIn(i, j, hoisted, i, s))
                    + cost(s + 1, j, hoistedIn(i, j, hoisted, s + 1, j));
            if (cost < best) {
                best = cost;
                splits[i][j][hoisted] = (short) s;
            }
        }
        return best;
    }

    /** One segment: its points one after the other. */
    private double chain(int segment, int hoisted) {
        double cost = 0;
        double weight = remaining(segment, segment, Math.min(hoisted, heaviest[segment][segment].length));
        List<Point> all = segments.get(segment).points;
        for (int n = hoisted; n < all.size(); n++) {
            if (!all.get(n).optional()) {
                cost += weight + nodePrice;
                weight = Math.max(0, weight - all.get(n).weight());
            }
        }
        return cost;
    }

    private Step code(int i, int j, int hoisted) {
        if (settled(i, j, hoisted)) {
            for (int s = i; s <= j; s++) {
                boolean gone = segments.get(s).single && hoistedIn(i, j, hoisted, s, s) > 0;
                if (!gone) {
                    return segments.get(s).way;
                }
            }
            return segments.get(i).way;
        }
        if (i == j) {
            return chainCode(i, hoisted);
        }
        if (hoists[i][j][hoisted] != 0) {
            Point point = heaviest[i][j][hoisted];
            return steps.equal(offset, (int) point.word(), point.way(), code(i, j, hoisted + 1));
        }
        int s = splits[i][j][hoisted];
        Step above = code(s + 1, j, hoistedIn(i, j, hoisted, s + 1, j));
        Step below = code(i, s, hoistedIn(i, j, hoisted, i, s));
        return steps.atLeast(offset, (int) segments.get(s + 1).from, above, below);
    }

    private Step chainCode(int segment, int from) {
        Step step = segments.get(segment).way;
        List<Point> all = segments.get(segment).points;
        for (int n = all.size() - 1; n >= from; n--) {
            if (!all.get(n).optional()) {
                step = steps.equal(offset, (int) all.get(n).word(), all.get(n).way(), step);
            }
        }
        return step;
    }
}
