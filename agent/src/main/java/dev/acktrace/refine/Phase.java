package dev.acktrace.refine;

import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Syscall;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A part of a target's life that a person named, for example start-up and serving.
 *
 * @param name the first phase, which begins with the session, is {@code start}
 * @param atMs when it began, milliseconds since 1970
 * @param counts the counters when it began
 * @param shapes the counts of all shapes when it began
 */
public record Phase(String name, long atMs, SortedMap<Syscall, Long> counts, Map<ShapeKey, Long> shapes) {
    /** The phase that every session begins with. */
    public static final String FIRST = "start";

    /** Copies the maps. */
    public Phase {
        counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
        shapes = Collections.unmodifiableMap(new HashMap<>(shapes));
    }

    /** Calls whose counter is higher at a later time than when the phase began. */
    public SortedSet<Syscall> callsUntil(Map<Syscall, Long> later) {
        SortedSet<Syscall> calls = new TreeSet<>();
        later.forEach((call, count) -> {
            if (count > counts.getOrDefault(call, 0L)) {
                calls.add(call);
            }
        });
        return calls;
    }
}
