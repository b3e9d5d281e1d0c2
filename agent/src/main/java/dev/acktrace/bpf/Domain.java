package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The values of one word, divided into classes that none of a number of sets tells apart. A class lies within one
 * cell; cells are the ranges between the borders of all range sets, in ascending order.
 */
final class Domain {
    /** More classes than this are not made: whoever asks gets {@link TooComplex}. */
    static final int MAX_CLASSES = 20_000;

    private final TreeSet<Long> borders = new TreeSet<>();
    private final Set<WordSet> cubes = new LinkedHashSet<>();
    private int[] representatives = {};
    private int[] cells = {};
    private long[] starts = {};
    private boolean divided;

    Domain() {
        borders.add(0L);
    }

    void add(WordSet set) {
        if (set.all()) {
            return;
        }
        boolean fresh;
        if (set.cube()) {
            fresh = cubes.add(set);
        } else {
            fresh = borders.add(Integer.toUnsignedLong(set.first()));
            if (set.second() != -1) {
                fresh |= borders.add(Integer.toUnsignedLong(set.second()) + 1);
            }
        }
        divided &= !fresh;
    }

    /** Whether all sets are ranges, so that each cell is one class. */
    boolean rangesOnly() {
        return cubes.isEmpty();
    }

    /** Where range sets begin, and the words behind their ends. */
    List<Long> borders() {
        return List.copyOf(borders);
    }

    /** Whether none of the sets tells two words apart. */
    boolean alike(int one, int other) {
        Long below = borders.floor(Integer.toUnsignedLong(one));
        return below != null
                && below.equals(borders.floor(Integer.toUnsignedLong(other)))
                && cubes.stream().allMatch(cube -> cube.contains(one) == cube.contains(other));
    }

    List<WordSet> cubes() {
        return List.copyOf(cubes);
    }

    int classes() {
        divide();
        return representatives.length;
    }

    /** A member of a class. */
    int representative(int index) {
        divide();
        return representatives[index];
    }

    /** The cell of a class; cells ascend with classes. */
    int cell(int index) {
        divide();
        return cells[index];
    }

    /** The least word of each cell, unsigned. */
    long[] starts() {
        divide();
        return starts;
    }

    private void divide() {
        if (divided) {
            return;
        }
        starts = new long[borders.size()];
        int next = 0;
        for (long border : borders) {
            starts[next++] = border;
        }
        if (cubes.isEmpty()) {
            representatives = new int[starts.length];
            cells = new int[starts.length];
            for (int i = 0; i < starts.length; i++) {
                representatives[i] = (int) starts[i];
                cells[i] = i;
            }
        } else {
            divideCells();
        }
        divided = true;
    }

    private void divideCells() {
        List<Integer> members = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        for (int cell = 0; cell < starts.length; cell++) {
            long end = cell + 1 < starts.length ? starts[cell + 1] : 1L << 32;
            for (int member : members(starts[cell], end)) {
                members.add(member);
                owners.add(cell);
            }
            if (members.size() > MAX_CLASSES) {
                throw new TooComplex("more than " + MAX_CLASSES + " kinds of values of one word");
            }
        }
        representatives = members.stream().mapToInt(Integer::intValue).toArray();
        cells = owners.stream().mapToInt(Integer::intValue).toArray();
    }

    /** One member of each class in a cell. */
    private List<Integer> members(long from, long end) {
        if (end - from == 1) {
            return List.of((int) from);
        }
        List<List<WordCube>> classes = new ArrayList<>();
        classes.add(WordCube.range(from, end));
        for (WordSet cube : cubes) {
            WordCube by = new WordCube(cube.first(), cube.second());
            List<List<WordCube>> split = new ArrayList<>(classes.size() * 2);
            for (List<WordCube> pieces : classes) {
                List<WordCube> inside = new ArrayList<>();
                List<WordCube> outside = new ArrayList<>();
                pieces.forEach(piece -> piece.split(by, inside, outside));
                if (!inside.isEmpty()) {
                    split.add(inside);
                }
                if (!outside.isEmpty()) {
                    split.add(outside);
                }
            }
            classes = split;
            if (classes.size() > MAX_CLASSES) {
                throw new TooComplex("more than " + MAX_CLASSES + " kinds of values of one word");
            }
        }
        return classes.stream().map(pieces -> pieces.get(0).value()).toList();
    }

    @Override
    public String toString() {
        return "classes " + Arrays.toString(representatives);
    }
}
