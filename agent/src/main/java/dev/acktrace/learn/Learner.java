package dev.acktrace.learn;

import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Observations.ImageSeen;
import dev.acktrace.recording.Observations.Observation;
import dev.acktrace.recording.Observations.ProcessEnded;
import dev.acktrace.recording.Observations.ShapeSeen;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunBuilder;
import dev.acktrace.recording.RunEnd;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.wire.RingReader;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.ShapeTable;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.Wire;
import dev.acktrace.wire.WireException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Empties the ring while a target runs, acknowledges what it has seen, and streams it to a recording. The target
 * never waits for it.
 */
public final class Learner {
    /** How much longer a run must have become before its totals are written again. */
    private static final double TOTALS_GROWTH = 1.25;

    private final Segment segment;
    private final RingReader ring;
    private final ShapeTable shapes;
    private final RunBuilder run;
    private final Observations observations;
    private final Optional<RecordingFile> file;
    private final LearnListener listener;
    private final long startNanos = System.nanoTime();
    private TargetState lastState = TargetState.IDLE;
    private int expectedLaunches;
    private long corrupt;
    private long totalsDueNs = 1_000_000_000L;
    private Optional<IOException> writeFailure = Optional.empty();

    /**
     * A learner for one run.
     *
     * @param masks the argument masks that stand in the segment's call facts
     * @param file where to stream to; empty for nowhere. Closing it is the caller's
     */
    public Learner(
            Segment segment,
            Observations.Masks masks,
            RunHeader header,
            Optional<RecordingFile> file,
            LearnListener listener) {
        this.segment = segment;
        this.ring = new RingReader(segment);
        this.shapes = new ShapeTable(segment);
        this.run = new RunBuilder(header);
        this.observations = new Observations(run, masks);
        this.file = file;
        this.listener = listener;
    }

    /** Writes the header and tells the helper that the ring is read. Before the launch. */
    public void begin() throws IOException {
        if (file.isPresent()) {
            file.get().writer().header(run.header());
            file.get().flush();
        }
        segment.learnerReady();
    }

    /** Marks shapes as known, so that no image is asked about them that was seen with them before. Before the launch. */
    public void preload(Iterable<ShapeKey> known) {
        for (ShapeKey key : known) {
            shapes.preload(Observations.fingerprint(key), ShapeTable.ACKNOWLEDGED);
        }
    }

    /**
     * Works until the target has ended or nobody rings any more.
     *
     * @param doorbell gives a byte when something changed; its end means that the helper is gone
     * @param launches how many launches the helper was asked for; until it has taken the last one, the state in the
     *     header is that of an earlier target
     * @return the state in which it ended
     */
    public TargetState run(InputStream doorbell, int launches) throws IOException {
        byte[] bell = new byte[256];
        expectedLaunches = launches;
        try (Ticker ticker = new Ticker(this::tick)) {
            ticker.start();
            while (true) {
                TargetState state = step();
                if (state.isFinal()) {
                    step();
                    return state;
                }
                segment.learnerWaits(true);
                if (!hasToRead() && state() == state) {
                    int rung = doorbell.read(bell);
                    if (rung < 0) {
                        segment.learnerWaits(false);
                        return step();
                    }
                }
                segment.learnerWaits(false);
            }
        }
    }

    /**
     * Whether to go on reading without being rung for. Under the stub the bell rings for what has stood in the ring for
     * a while; to read earlier would take a processor from the target, which may want it.
     */
    private boolean hasToRead() {
        boolean canRest = segment.isSharedWithTarget() && !segment.asks();
        return ring.ready() && (!canRest || ring.waiting() > Wire.REST_SLOTS);
    }

    /** Takes everything that is in the ring now; returns the state that the header had before. */
    public synchronized TargetState step() {
        TargetState state = state();
        try {
            drain();
            if (segment.isSharedWithTarget() && ring.isAstray()) {
                throw new WireException("the ring's head is not within it");
            }
        } catch (WireException e) {
            corrupt++;
            ring.resynchronize();
        }
        if (state != lastState) {
            lastState = state;
            listener.state(state);
        }
        return state;
    }

    private TargetState state() {
        return segment.launches() < expectedLaunches ? TargetState.LAUNCHING : segment.state();
    }

    private void drain() throws WireException {
        Optional<RingRecord> next = ring.next();
        for (int taken = 0; next.isPresent(); taken++) {
            take(next.get());
            next = taken < Wire.RING_SLOTS ? ring.next() : Optional.empty();
        }
        flush();
    }

    private void take(RingRecord record) {
        if (record.kind() == RingRecord.TIGHTENED) {
            listener.tightened(record);
            return;
        }
        Observation observation = observations.take(record);
        try {
            if (observation instanceof ShapeSeen seen) {
                shape(seen);
            } else if (observation instanceof ImageSeen image && image.isNew()) {
                if (file.isPresent()) {
                    file.get().writer().image(image.path(), image.timeNs());
                }
                listener.image(image.path());
            } else if (observation instanceof ProcessEnded ended) {
                listener.exit(ended.pid(), ended.waitStatus());
            }
        } catch (IOException e) {
            writeFailure = writeFailure.or(() -> Optional.of(e));
        }
    }

    private void shape(ShapeSeen seen) throws IOException {
        if (file.isPresent()) {
            file.get().writer().shape(seen.shape());
        }
        int verdict = listener.call(seen.shape(), seen.isNew(), seen.record());
        int slot = verdict == ShapeTable.NONE ? -1 : shapes.find(seen.record().fingerprint());
        if (slot >= 0) {
            shapes.verdict(slot, verdict, 0);
        }
    }

    private void flush() {
        try {
            if (file.isPresent()) {
                file.get().flush();
            }
        } catch (IOException e) {
            writeFailure = writeFailure.or(() -> Optional.of(e));
        }
    }

    /** Once a second: totals if the run has grown enough since the last ones, and everything to the disk. */
    private synchronized void tick() {
        if (file.isEmpty()) {
            return;
        }
        try {
            long elapsed = System.nanoTime() - startNanos;
            if (elapsed >= totalsDueNs) {
                totalsDueNs = (long) (elapsed * TOTALS_GROWTH);
                totals();
            }
            file.get().force();
        } catch (IOException e) {
            writeFailure = writeFailure.or(() -> Optional.of(e));
        }
    }

    private void totals() throws IOException {
        observations.totals(segment);
        run.counts(Observations.counts(segment));
        if (file.isPresent()) {
            file.get().writer().totals(run.build().counts(), known());
        }
    }

    private List<Shape> known() {
        List<Shape> known = new ArrayList<>();
        for (ShapeKey key : run.order()) {
            run.find(key).ifPresent(known::add);
        }
        return known;
    }

    /** What is known now. */
    public synchronized Run snapshot() {
        observations.totals(segment);
        run.counts(Observations.counts(segment));
        return run.build();
    }

    /** Closes the run: totals, losses, the root's status. Returns the whole run. */
    public synchronized Run finish() {
        try {
            totals();
            RunEnd end = observations.checkedEnd(segment, corrupt, System.nanoTime() - startNanos);
            run.end(end);
            if (file.isPresent()) {
                file.get().writer().end(end);
                file.get().force();
            }
        } catch (IOException e) {
            writeFailure = writeFailure.or(() -> Optional.of(e));
        }
        return run.build();
    }

    /** The first failure of writing the recording, if there was one. */
    public synchronized Optional<IOException> writeFailure() {
        return writeFailure;
    }
}
