package dev.acktrace.recording;

import dev.acktrace.wire.RingReader;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.WireException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes a run of a segment that the helper saved because the learner had died: counters, shapes that nobody had read
 * out of the ring yet, losses. What the learner had read is in its own recording.
 */
public final class SalvagedRun {
    static final String OPTION = "salvaged=yes";

    private SalvagedRun() {}

    /**
     * Reads a segment.
     *
     * @param bytes the whole segment; it is changed
     * @throws RecordingException if it is none
     */
    public static Run read(ByteBuffer bytes) throws RecordingException {
        try {
            Segment segment = Segment.of(bytes);
            RunBuilder run = new RunBuilder(header(segment));
            Observations observations = new Observations(run, segment::masks);
            long corrupt = drain(segment, observations);
            observations.totals(segment);
            run.counts(Observations.counts(segment));
            if (segment.state() == TargetState.ENDED || segment.state() == TargetState.ROOT_EXITED) {
                run.end(Observations.end(segment, corrupt, observations.lastNs()));
            }
            return run.build();
        } catch (WireException e) {
            throw new RecordingException(String.valueOf(e.getMessage()));
        }
    }

    private static long drain(Segment segment, Observations observations) {
        RingReader ring = new RingReader(segment);
        try {
            Optional<RingRecord> next = ring.next();
            while (next.isPresent()) {
                observations.take(next.get());
                next = ring.next();
            }
            return 0;
        } catch (WireException e) {
            return 1;
        }
    }

    /** Without the command, which is not in the segment. */
    private static RunHeader header(Segment segment) {
        long epoch = segment.epochRealtime();
        return new RunHeader(
                RunHeader.idOf(segment), List.of(), "trace", List.of(OPTION), epoch / 1_000_000, "", "", "", "");
    }

    /** Counters of a segment that are not 0. */
    static SortedMap<String, Long> nonZero(SortedMap<String, Long> all) {
        SortedMap<String, Long> rest = new TreeMap<>(all);
        rest.values().removeIf(value -> value == 0);
        return rest;
    }
}
