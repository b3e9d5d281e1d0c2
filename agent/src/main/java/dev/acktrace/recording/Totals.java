package dev.acktrace.recording;

import dev.acktrace.wire.Loss;
import dev.acktrace.wire.Note;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.Wire;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** Reads totals out of a segment that a hostile target may have written over; what cannot be true is left out, and counted. */
final class Totals {
    /** More than anything can be counted to: at a call a nanosecond it would take three days, at a microsecond nine years. */
    private static final long IMPOSSIBLE = 1L << 48;

    private final Segment segment;
    private final Observations.Masks masks;
    private long overwritten;

    /**
     * Reads this segment.
     *
     * @param masks what the learner has written into the segment's call facts
     */
    Totals(Segment segment, Observations.Masks masks) {
        this.segment = segment;
        this.masks = masks;
    }

    /** Whether a counter can have come to this. */
    static boolean isPossible(long count) {
        return count >= 0 && count < IMPOSSIBLE;
    }

    /**
     * The end of a run.
     *
     * @param refused programs that the backend could not take
     */
    RunEnd end(long corrupt, long durationNs, SortedSet<String> refused) {
        SortedMap<String, Long> losses = new TreeMap<>();
        for (Loss loss : Loss.values()) {
            losses.put(loss.key(), possible(segment.loss(loss)));
        }
        SortedMap<String, Long> notes = new TreeMap<>();
        for (Note note : Note.values()) {
            notes.put(note.key(), possible(segment.note(note)));
        }
        TargetState state = segment.state();
        boolean known = state == TargetState.ROOT_EXITED || state == TargetState.ENDED;
        OptionalInt status = known ? OptionalInt.of(segment.rootStatus() & 0xffff) : OptionalInt.empty();
        long tasks = possible(segment.tasks());
        long peak = possible(segment.peakTasks());
        long executions = possible(segment.executions());
        long stops = possible(segment.stops());
        countForgeries();
        losses.put(Loss.CORRUPT.key(), corrupt);
        losses.put(Loss.OVERWRITTEN.key(), overwritten);
        return new RunEnd(
                status,
                durationNs,
                tasks,
                peak,
                executions,
                stops,
                SalvagedRun.nonZero(losses),
                SalvagedRun.nonZero(notes),
                refused);
    }

    private long possible(long count) {
        if (isPossible(count)) {
            return count;
        }
        overwritten++;
        return 0;
    }

    private void countForgeries() {
        overwritten += segment.forgeries();
        overwritten += segment.isSharedWithTarget() && !segment.isUntouched() ? 1 : 0;
        for (Segment.Stray stray : segment.strays()) {
            possible(stray.count());
        }
        for (int abi = 0; abi < Wire.ABIS; abi++) {
            for (int number = 0; number < Wire.NUMBERS; number++) {
                possible(segment.count(abi, number));
                if (segment.isSharedWithTarget() && !Arrays.equals(segment.masks(abi, number), masks.of(abi, number))) {
                    overwritten++;
                }
            }
        }
    }
}
