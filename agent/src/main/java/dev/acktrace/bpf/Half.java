package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** One 32-bit word of an argument, by the classes of its {@link Domain}. */
final class Half {
    private static final long END = 1L << 32;

    private final Domain domain;
    private final List<WordSet> cubes;
    private final List<BitSet> insides = new ArrayList<>();
    private final long[] starts;
    final int classes;

    Half(Domain domain) {
        this.domain = domain;
        this.cubes = domain.cubes();
        this.classes = domain.classes();
        this.starts = domain.starts();
        for (WordSet cube : cubes) {
            BitSet inside = new BitSet();
            for (int i = 0; i < classes; i++) {
                inside.set(i, cube.contains(domain.representative(i)));
            }
            insides.add(inside);
        }
    }

    /**
     * A set of words: a range of cells, without what is outside of some masks or inside of others.
     *
     * @param least the first cell
     * @param most the last cell
     * @param in masks that hold
     * @param out masks that do not hold
     */
    record Piece(int least, int most, List<Integer> in, List<Integer> out) {}

    int cells() {
        return starts.length;
    }

    long first(int cell) {
        return starts[cell];
    }

    long last(int cell) {
        return (cell + 1 < starts.length ? starts[cell + 1] : END) - 1;
    }

    boolean single(int cell) {
        return first(cell) == last(cell);
    }

    int cell(int index) {
        return domain.cell(index);
    }

    WordSet cube(int index) {
        return cubes.get(index);
    }

    /** The smallest piece that holds a class; it may hold no other. */
    Piece of(int index) {
        List<Integer> in = new ArrayList<>();
        List<Integer> out = new ArrayList<>();
        int cell = cell(index);
        if (!single(cell)) {
            for (int i = 0; i < cubes.size(); i++) {
                (insides.get(i).get(index) ? in : out).add(i);
            }
        }
        return new Piece(cell, cell, in, out);
    }

    /** The classes of a piece. */
    BitSet members(Piece piece) {
        BitSet members = new BitSet(classes);
        for (int i = 0; i < classes; i++) {
            members.set(i, cell(i) >= piece.least() && cell(i) <= piece.most());
        }
        piece.in().forEach(cube -> members.and(insides.get(cube)));
        piece.out().forEach(cube -> members.andNot(insides.get(cube)));
        return members;
    }

    boolean everything(Piece piece) {
        return piece.least() == 0
                && piece.most() == starts.length - 1
                && piece.in().isEmpty()
                && piece.out().isEmpty();
    }
}
