package dev.acktrace.recording;

import dev.acktrace.syscall.Syscall;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The evidence of any number of runs, by run id.
 *
 * @param runs by {@link RunHeader#id()}
 */
public record Recording(SortedMap<String, Run> runs) {
    /** No run. */
    public static final Recording EMPTY = new Recording(Collections.emptySortedMap());

    /** Copies the map. */
    public Recording {
        runs = Collections.unmodifiableSortedMap(new TreeMap<>(runs));
    }

    /** A recording of runs; those of one id are merged. */
    public static Recording of(List<Run> runs) {
        SortedMap<String, Run> byId = new TreeMap<>();
        for (Run run : runs) {
            byId.merge(run.header().id(), run, Run::merge);
        }
        return new Recording(byId);
    }

    /** The union with another recording; commutative, associative, idempotent. */
    public Recording merge(Recording other) {
        SortedMap<String, Run> all = new TreeMap<>(runs);
        for (Run run : other.runs.values()) {
            all.merge(run.header().id(), run, Run::merge);
        }
        return new Recording(all);
    }

    /** Every call of every run. */
    public SortedSet<Syscall> calls() {
        SortedSet<Syscall> calls = new TreeSet<>();
        for (Run run : runs.values()) {
            calls.addAll(run.calls());
        }
        return calls;
    }

    /** Every shape of every run. */
    public SortedSet<ShapeKey> shapeKeys() {
        SortedSet<ShapeKey> keys = new TreeSet<>();
        for (Run run : runs.values()) {
            keys.addAll(run.shapes().keySet());
        }
        return keys;
    }

    /** How many runs have no end: killed, or still going on. */
    public int unfinished() {
        int unfinished = 0;
        for (Run run : runs.values()) {
            unfinished += run.end().isEmpty() ? 1 : 0;
        }
        return unfinished;
    }
}
