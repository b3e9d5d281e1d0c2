package dev.acktrace.recording;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is known when the target has ended.
 *
 * @param waitStatus of the root, as wait(2) gives it; empty if nobody knows
 * @param durationNs from the segment's creation to the end
 * @param tasks threads ever followed
 * @param peakTasks most threads at one time
 * @param executions successful execve calls
 * @param stops calls that were reported to the backend
 * @param losses counters by cause, those that are not 0
 * @param notes counters by kind, those that are not 0
 * @param refused programs that the backend could not take and that the target got an errno for; at most {@link
 *     #REFUSED_MOST}, the first of them
 */
public record RunEnd(
        OptionalInt waitStatus,
        long durationNs,
        long tasks,
        long peakTasks,
        long executions,
        long stops,
        SortedMap<String, Long> losses,
        SortedMap<String, Long> notes,
        SortedSet<String> refused) {
    /** Most programs that are named as refused. */
    public static final int REFUSED_MOST = 64;

    /** Copies what could be changed. */
    public RunEnd {
        losses = Collections.unmodifiableSortedMap(new TreeMap<>(losses));
        notes = Collections.unmodifiableSortedMap(new TreeMap<>(notes));
        TreeSet<String> first = new TreeSet<>(refused);
        while (first.size() > REFUSED_MOST) {
            first.remove(first.last());
        }
        refused = Collections.unmodifiableSortedSet(first);
    }

    /** Exit code of the root; empty if it did not exit by itself. */
    public OptionalInt exitCode() {
        return waitStatus.isPresent() && (waitStatus.getAsInt() & 0x7f) == 0
                ? OptionalInt.of(waitStatus.getAsInt() >> 8 & 0xff)
                : OptionalInt.empty();
    }

    /** Signal that ended the root; empty if none did. */
    public OptionalInt signal() {
        return waitStatus.isPresent() && (waitStatus.getAsInt() & 0x7f) != 0
                ? OptionalInt.of(waitStatus.getAsInt() & 0x7f)
                : OptionalInt.empty();
    }

    /** The larger of every number; commutative, associative, idempotent. */
    public RunEnd merge(RunEnd other) {
        SortedSet<String> bothRefused = new TreeSet<>(refused);
        bothRefused.addAll(other.refused);
        int status = Math.max(waitStatus.orElse(-1), other.waitStatus.orElse(-1));
        return new RunEnd(
                waitStatus.isEmpty() && other.waitStatus.isEmpty() ? OptionalInt.empty() : OptionalInt.of(status),
                Math.max(durationNs, other.durationNs),
                Math.max(tasks, other.tasks),
                Math.max(peakTasks, other.peakTasks),
                Math.max(executions, other.executions),
                Math.max(stops, other.stops),
                largest(losses, other.losses),
                largest(notes, other.notes),
                bothRefused);
    }

    private static SortedMap<String, Long> largest(Map<String, Long> a, Map<String, Long> b) {
        SortedMap<String, Long> all = new TreeMap<>(a);
        for (Map.Entry<String, Long> entry : b.entrySet()) {
            all.merge(entry.getKey(), entry.getValue(), Math::max);
        }
        return all;
    }
}
