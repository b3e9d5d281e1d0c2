package dev.acktrace.bpf;

import dev.acktrace.policy.Comparison;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The values of one 64-bit argument, by the classes of its halves: a cell of the grid is a class of the high half with
 * one of the low half. Sets of values are sets of cells.
 */
final class Grid {
    private static final int MOST_CELLS = 200_000;
    private static final int MOST_HOLES = 16;

    private final Diagram diagram;
    private final int firstWord;
    private final boolean highFirst;
    private final Half high;
    private final Half low;
    private final Literals literals;
    private final List<Stretch> stretches;
    private final Budget budget;

    /** Alternatives that together hold for exactly the values in some cells. */
    record Literal(List<List<Comparison>> alternatives, BitSet cells) {
        private int cost() {
            int cost = 0;
            for (List<Comparison> alternative : alternatives) {
                cost += 1 + alternative.size();
            }
            return cost;
        }
    }

    Grid(Diagram diagram, boolean littleEndian, int argument, Budget budget) {
        this.budget = budget;
        this.diagram = diagram;
        this.high = new Half(diagram.domain(Word.high(argument, littleEndian)));
        this.low = new Half(diagram.domain(Word.low(argument, littleEndian)));
        this.highFirst = Word.high(argument, littleEndian) < Word.low(argument, littleEndian);
        this.firstWord = Math.min(Word.high(argument, littleEndian), Word.low(argument, littleEndian));
        this.literals = new Literals(argument, high, low);
        if ((long) high.classes * low.classes > MOST_CELLS) {
            throw new TooComplex("more than " + MOST_CELLS + " kinds of values of one argument");
        }
        this.stretches = stretches();
    }

    int size() {
        return high.classes * low.classes;
    }

    private int cell(int above, int below) {
        return above * low.classes + below;
    }

    /** What follows for each cell. */
    Diagram.Node[] kids(Diagram.Node node) {
        Diagram.Node[] kids = new Diagram.Node[size()];
        for (int above = 0; above < high.classes; above++) {
            for (int below = 0; below < low.classes; below++) {
                int first = highFirst ? above : below;
                int second = highFirst ? below : above;
                Diagram.Node half = node.word == firstWord ? node.kids[first] : node;
                kids[cell(above, below)] = half.word == firstWord + 1 ? half.kids[second] : half;
            }
        }
        return kids;
    }

    /** The function with these ways on. */
    Diagram.Node node(Diagram.Node[] kids) {
        int outer = highFirst ? high.classes : low.classes;
        int inner = highFirst ? low.classes : high.classes;
        Diagram.Node[] rows = new Diagram.Node[outer];
        for (int i = 0; i < outer; i++) {
            Diagram.Node[] row = new Diagram.Node[inner];
            for (int j = 0; j < inner; j++) {
                row[j] = kids[highFirst ? cell(i, j) : cell(j, i)];
            }
            rows[i] = diagram.branch(firstWord + 1, row);
        }
        return diagram.branch(firstWord, rows);
    }

    /** Literals that together hold for all cells that must be covered, and for none that must not. */
    List<Literal> cover(BitSet required, BitSet allowed) {
        List<Literal> result = new ArrayList<>();
        BitSet left = (BitSet) required.clone();
        while (!left.isEmpty()) {
            Literal best = best(left, allowed);
            result.add(best);
            left.andNot(best.cells());
        }
        return result;
    }

    private Literal best(BitSet left, BitSet allowed) {
        if (allowed.cardinality() == size()) {
            return new Literal(List.of(List.of()), allowed);
        }
        int at = left.nextSetBit(0);
        List<Literal> candidates = new ArrayList<>();
        candidates.add(grown(at, allowed, true));
        candidates.add(grown(at, allowed, false));
        run(at, allowed).ifPresent(candidates::add);
        holes(allowed).ifPresent(candidates::add);
        lowHoles(allowed).ifPresent(candidates::add);
        Literal best = candidates.get(0);
        int most = -1;
        for (Literal candidate : candidates) {
            BitSet covered = (BitSet) candidate.cells().clone();
            covered.and(left);
            int count = covered.get(at) ? covered.cardinality() : -1;
            if (count > most || (count == most && candidate.cost() < best.cost())) {
                best = candidate;
                most = count;
            }
        }
        return best;
    }

    private BitSet cells(BitSet above, BitSet below) {
        BitSet cells = new BitSet(size());
        for (int i = above.nextSetBit(0); i >= 0; i = above.nextSetBit(i + 1)) {
            for (int j = below.nextSetBit(0); j >= 0; j = below.nextSetBit(j + 1)) {
                cells.set(cell(i, j));
            }
        }
        return cells;
    }

    private boolean within(BitSet inner, BitSet outer) {
        budget.take(1 + size() / Long.SIZE);
        BitSet rest = (BitSet) inner.clone();
        rest.andNot(outer);
        return rest.isEmpty();
    }

    /** The piece around a cell, grown as far as it may be: first one half, then the other. */
    private Literal grown(int at, BitSet allowed, boolean upperFirst) {
        Half.Piece above = high.of(at / low.classes);
        Half.Piece below = low.of(at % low.classes);
        for (int turn = 0; turn < 2; turn++) {
            boolean upper = (turn == 0) == upperFirst;
            Half half = upper ? high : low;
            Half.Piece now = upper ? above : below;
            BitSet other = upper ? low.members(below) : high.members(above);
            for (boolean grows = true; grows; ) {
                grows = false;
                for (Half.Piece larger : larger(half, now)) {
                    BitSet members = half.members(larger);
                    if (within(upper ? cells(members, other) : cells(other, members), allowed)) {
                        now = larger;
                        grows = true;
                        break;
                    }
                }
            }
            if (upper) {
                above = now;
            } else {
                below = now;
            }
        }
        return new Literal(literals.product(above, below), cells(high.members(above), low.members(below)));
    }

    /** Pieces that are one step larger: without a mask, or with one more cell at an end. */
    private static List<Half.Piece> larger(Half half, Half.Piece piece) {
        List<Half.Piece> all = new ArrayList<>();
        if (half.everything(piece)) {
            return all;
        }
        all.add(new Half.Piece(0, half.cells() - 1, List.of(), List.of()));
        all.add(new Half.Piece(0, half.cells() - 1, piece.in(), List.of()));
        for (Integer cube : piece.out()) {
            all.add(new Half.Piece(piece.least(), piece.most(), piece.in(), without(piece.out(), cube)));
        }
        for (Integer cube : piece.in()) {
            all.add(new Half.Piece(piece.least(), piece.most(), without(piece.in(), cube), piece.out()));
        }
        if (piece.least() > 0) {
            all.add(new Half.Piece(0, piece.most(), piece.in(), piece.out()));
            all.add(new Half.Piece(piece.least() - 1, piece.most(), piece.in(), piece.out()));
        }
        if (piece.most() < half.cells() - 1) {
            all.add(new Half.Piece(piece.least(), half.cells() - 1, piece.in(), piece.out()));
            all.add(new Half.Piece(piece.least(), piece.most() + 1, piece.in(), piece.out()));
        }
        all.removeIf(piece::equals);
        return all;
    }

    private static List<Integer> without(List<Integer> list, Integer one) {
        return list.stream().filter(each -> !each.equals(one)).toList();
    }

    /** A stretch of 64-bit values in their order: one cell of the low half where the high half is one value. */
    private record Stretch(long least, long most, BitSet cells) {}

    private List<Stretch> stretches() {
        List<Stretch> all = new ArrayList<>();
        for (int above = 0; above < high.cells(); above++) {
            BitSet rows = high.members(new Half.Piece(above, above, List.of(), List.of()));
            if (!high.single(above)) {
                BitSet columns = new BitSet();
                columns.set(0, low.classes);
                all.add(new Stretch(
                        high.first(above) << 32, high.last(above) << 32 | 0xFFFF_FFFFL, cells(rows, columns)));
                continue;
            }
            for (int below = 0; below < low.cells(); below++) {
                BitSet columns = low.members(new Half.Piece(below, below, List.of(), List.of()));
                all.add(new Stretch(
                        high.first(above) << 32 | low.first(below),
                        high.first(above) << 32 | low.last(below),
                        cells(rows, columns)));
            }
        }
        return all;
    }

    /** The longest range of 64-bit values around a cell. */
    private Optional<Literal> run(int at, BitSet allowed) {
        List<Stretch> all = stretches;
        int middle = 0;
        while (!all.get(middle).cells().get(at)) {
            middle++;
        }
        if (!within(all.get(middle).cells(), allowed)) {
            return Optional.empty();
        }
        int from = middle;
        int to = middle;
        while (from > 0 && within(all.get(from - 1).cells(), allowed)) {
            from--;
        }
        while (to + 1 < all.size() && within(all.get(to + 1).cells(), allowed)) {
            to++;
        }
        BitSet cells = new BitSet();
        for (int i = from; i <= to; i++) {
            cells.or(all.get(i).cells());
        }
        return Optional.of(new Literal(
                List.of(literals.between(all.get(from).least(), all.get(to).most())), cells));
    }

    /** All values but a few. */
    private Optional<Literal> holes(BitSet allowed) {
        List<Comparison> tests = new ArrayList<>();
        BitSet cells = new BitSet();
        for (Stretch stretch : stretches) {
            if (within(stretch.cells(), allowed)) {
                cells.or(stretch.cells());
            } else if (stretch.least() == stretch.most() && tests.size() < MOST_HOLES) {
                tests.add(literals.not(stretch.least()));
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new Literal(List.of(tests), cells));
    }

    /** All values of the low half but a few, whatever the high half is. */
    private Optional<Literal> lowHoles(BitSet allowed) {
        List<Comparison> tests = new ArrayList<>();
        BitSet cells = new BitSet();
        BitSet rows = new BitSet();
        rows.set(0, high.classes);
        for (int below = 0; below < low.cells(); below++) {
            BitSet all = cells(rows, low.members(new Half.Piece(below, below, List.of(), List.of())));
            if (within(all, allowed)) {
                cells.or(all);
            } else if (low.single(below) && tests.size() < MOST_HOLES) {
                tests.add(literals.notLow(low.first(below)));
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new Literal(List.of(tests), cells));
    }
}
