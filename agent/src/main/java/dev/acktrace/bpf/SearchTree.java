package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Collects the segments, points and shortcuts of one switch and makes the search tree with the least expected number
 * of tests. Segments are parted by thresholds. Points are words inside a segment that lead elsewhere and must be
 * asked for; shortcuts are words that may be asked for before their segment is known.
 */
final class SearchTree {
    private static final Comparator<Point> HEAVIEST = Comparator.comparingDouble((Point point) -> -point.weight())
            .thenComparing(Point::optional)
            .thenComparingLong(Point::word);

    private static final int LONGEST_CHAIN = 4;
    private static final int LONGEST_PLAIN = 96;
    private static final int LONGEST_HOISTED = 64;

    /** If there are more segments than {@link #LONGEST_HOISTED}, they are searched in pieces of this many. */
    private static final int HOISTED_PIECE = 8;

    final Step.Factory steps;
    final int offset;
    private final boolean spread;
    final List<Segment> segments = new ArrayList<>();
    private final List<Point> points = new ArrayList<>();

    /** Words that are parted from others by thresholds only. */
    static final class Segment {
        final long from;
        final Step way;
        double weight;
        final List<Point> points = new ArrayList<>();
        boolean single;
        boolean gone;

        Segment(long from, Step way, double weight) {
            this.from = from;
            this.way = way;
            this.weight = weight;
        }
    }

    /** A word and where it leads; {@code optional} if its segment leads there too. */
    record Point(long word, Step way, double weight, int segment, boolean optional) {}

    SearchTree(Step.Factory steps, int offset, boolean spread) {
        this.spread = spread;
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
     * @param price what an instruction may cost, as a share of all executed tests
     * @param heavy the share of all calls from which on a word may be asked for early
     */
    Step build(double price, double heavy) {
        points.sort(HEAVIEST);
        for (Point point : points) {
            Segment segment = segments.get(point.segment());
            segment.points.add(point);
            segment.single |= point.optional() && isSingle(point);
        }
        double total = 0;
        for (Segment segment : segments) {
            total += segment.weight;
        }
        return top(0, segments.size() - 1, total <= 0 ? 1 : total * price, total * heavy);
    }

    private boolean isSingle(Point point) {
        long end = point.segment() + 1 < segments.size() ? segments.get(point.segment() + 1).from : 1L << 32;
        return segments.get(point.segment()).from == point.word() && end == point.word() + 1;
    }

    /** Halves intervals that are too long for the exact search by weight, asking for very heavy words first. */
    private Step top(int i, int j, double price, double heavy) {
        List<Segment> some = segments.subList(i, j + 1);
        boolean hoists = some.stream()
                .anyMatch(segment ->
                        !segment.points.isEmpty() && segment.points.get(0).weight() >= heavy);
        if (!hoists && some.size() <= LONGEST_PLAIN) {
            return new PlainSearch(this, some).code();
        }
        int most = segments.size() <= LONGEST_HOISTED ? LONGEST_HOISTED : HOISTED_PIECE;
        if (hoists && some.size() <= most) {
            return new HoistedSearch(this, i, j, price, heavy).code();
        }
        double weight = 0;
        Point heaviest = null;
        for (Segment segment : some) {
            weight += segment.weight;
            List<Point> own = segment.points;
            if (!own.isEmpty() && (heaviest == null || own.get(0).weight() > heaviest.weight())) {
                heaviest = own.get(0);
            }
        }
        if (heaviest != null && heaviest.weight() > 0 && heaviest.weight() * 4 > weight) {
            Segment segment = segments.get(heaviest.segment());
            segment.points.remove(0);
            segment.weight -= heaviest.weight();
            segment.gone |= segment.single;
            return steps.equal(offset, (int) heaviest.word(), heaviest.way(), top(i, j, price, heavy));
        }
        int split = median(i, j, weight);
        return steps.atLeast(
                offset,
                (int) segments.get(split + 1).from,
                top(split + 1, j, price, heavy),
                top(i, split, price, heavy));
    }

    private int median(int i, int j, double weight) {
        if (weight <= 0) {
            return (i + j) >>> 1;
        }
        double below = 0;
        int split = i;
        while (split < j - 1 && below + segments.get(split).weight < weight / 2) {
            below += segments.get(split).weight;
            split++;
        }
        return split;
    }

    /** Words asked for one after the other, then the segment's own way; halved by thresholds if time counts. */
    Step chain(Step way, List<Point> all) {
        List<Point> asked = new ArrayList<>(all.size());
        for (Point point : all) {
            if (!point.optional()) {
                asked.add(point);
            }
        }
        if (!spread || asked.size() <= LONGEST_CHAIN) {
            return straight(way, asked);
        }
        asked.sort(Comparator.comparingLong(Point::word));
        return halved(way, asked);
    }

    private Step halved(Step way, List<Point> sorted) {
        if (sorted.size() <= LONGEST_CHAIN) {
            return straight(way, sorted);
        }
        int middle = sorted.size() / 2;
        Step above = halved(way, sorted.subList(middle, sorted.size()));
        Step below = halved(way, sorted.subList(0, middle));
        return steps.atLeast(offset, (int) sorted.get(middle).word(), above, below);
    }

    private Step straight(Step way, List<Point> points) {
        Step step = way;
        for (int n = points.size() - 1; n >= 0; n--) {
            step = steps.equal(offset, (int) points.get(n).word(), points.get(n).way(), step);
        }
        return step;
    }
}
