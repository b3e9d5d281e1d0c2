package dev.acktrace.wire;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The shared segment: header, counters and call facts. {@link ShapeTable} and {@link RingReader} are the views of its
 * larger parts. Everything that is read may have been written by a hostile target: callers get numbers, never lengths
 * that they must trust.
 *
 * <p>Ordering: a plain access of an aligned word and a fence of {@link VarHandle}. Aligned accesses through a direct
 * buffer are single instructions on the 64-bit machines that the helper runs on.
 */
public final class Segment {
    private final ByteBuffer bytes;
    private final StatusPage status;
    private int ready;
    private volatile int asks;

    private Segment(ByteBuffer bytes, StatusPage status) {
        this.bytes = bytes;
        this.status = status;
    }

    /**
     * A segment over a buffer, with nobody beside it who knows more than its header.
     *
     * @param buffer at least {@link Wire#SEGMENT_SIZE} bytes from its beginning
     * @throws WireException if it is shorter or its header is not that of a segment of this version
     */
    public static Segment of(ByteBuffer buffer) throws WireException {
        return of(buffer, StatusPage.none());
    }

    static Segment of(ByteBuffer buffer, StatusPage status) throws WireException {
        if (buffer.capacity() < Wire.SEGMENT_SIZE) {
            throw new WireException("segment of " + buffer.capacity() + " bytes instead of " + Wire.SEGMENT_SIZE);
        }
        ByteBuffer view = buffer.duplicate().clear();
        view.order(ByteOrder.LITTLE_ENDIAN);
        check("magic", view.getLong(Wire.HEADER_MAGIC), Wire.MAGIC);
        check("version", view.getInt(Wire.HEADER_VERSION), Wire.VERSION);
        check("header size", view.getInt(Wire.HEADER_HEADER_SIZE), Wire.HEADER_SIZE);
        check("segment size", view.getLong(Wire.HEADER_SEGMENT_SIZE), Wire.SEGMENT_SIZE);
        return new Segment(view, status);
    }

    /**
     * Maps the segment that the helper made, and its status page.
     *
     * @param file {@code /proc/self/fd/N} of the inherited descriptor
     * @param statusFile the same of the status page
     * @throws IOException if it cannot be opened or mapped
     * @throws WireException if it is no segment of this version
     */
    public static Segment map(Path file, Path statusFile) throws IOException, WireException {
        StatusPage status = new StatusPage(map(statusFile, "status page", Wire.STATUS_SIZE));
        return of(map(file, "segment", Wire.SEGMENT_SIZE), status);
    }

    private static ByteBuffer map(Path file, String what, int size) throws IOException, WireException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < size) {
                throw new WireException(what + " of " + channel.size() + " bytes instead of " + size);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
        }
    }

    private static void check(String what, long found, long expected) throws WireException {
        if (found != expected) {
            throw new WireException("segment " + what + " 0x" + Long.toHexString(found) + " instead of 0x"
                    + Long.toHexString(expected) + ": helper and jar are of different versions");
        }
    }

    ByteBuffer bytes() {
        return bytes;
    }

    long loadAcquire(int offset) {
        long value = bytes.getLong(offset);
        VarHandle.acquireFence();
        return value;
    }

    void storeRelease(int offset, long value) {
        VarHandle.releaseFence();
        bytes.putLong(offset, value);
    }

    /** Nanoseconds since 1970 at the segment's creation. */
    public long epochRealtime() {
        return bytes.getLong(Wire.HEADER_EPOCH_REALTIME);
    }

    /** Nanoseconds of CLOCK_MONOTONIC at the segment's creation. */
    public long epochMonotonic() {
        return bytes.getLong(Wire.HEADER_EPOCH_MONOTONIC);
    }

    /** What stands in both, from the one that no target can write into where there is one. */
    private int told(int inStatus, int inHeader) {
        return status.isBelieved() ? status.get(inStatus) : bytes.getInt(inHeader);
    }

    /** How far the target is. Everything the helper wrote before is visible after. */
    public TargetState state() {
        int state = told(Wire.STATUS_STATE, Wire.HEADER_STATE);
        VarHandle.acquireFence();
        return TargetState.of(state);
    }

    /** Whether the target can write into this segment, but not into what is read of the helper's own page. */
    public boolean isSharedWithTarget() {
        return status.isBelieved();
    }

    /** How often the helper found in the header what it had not written there. */
    public int forgeries() {
        return status.isBelieved() ? status.get(Wire.STATUS_FORGED) : 0;
    }

    /** Whether magic, version and sizes stand in the header, and of what this side has written there the last. */
    public boolean isUntouched() {
        return bytes.getInt(Wire.HEADER_LEARNER_READY) == ready
                && bytes.getInt(Wire.HEADER_ASK) == asks
                && bytes.getLong(Wire.HEADER_MAGIC) == Wire.MAGIC
                && bytes.getInt(Wire.HEADER_VERSION) == Wire.VERSION
                && bytes.getInt(Wire.HEADER_HEADER_SIZE) == Wire.HEADER_SIZE
                && bytes.getLong(Wire.HEADER_SEGMENT_SIZE) == Wire.SEGMENT_SIZE;
    }

    /** LAUNCH and ATTACH commands that the helper has taken; {@link #state()} belongs to the last of them. */
    public int launches() {
        int launches = status.isThere() ? status.get(Wire.STATUS_LAUNCHES) : bytes.getInt(Wire.HEADER_LAUNCHES);
        VarHandle.acquireFence();
        return launches;
    }

    /** How often the helper added up the counters of a target under the stub; wraps. */
    public int folds() {
        int folds = bytes.getInt(Wire.HEADER_FOLDS);
        VarHandle.acquireFence();
        return folds;
    }

    /** Process id of the root; 0 before the launch. */
    public int rootPid() {
        return told(Wire.STATUS_ROOT_PID, Wire.HEADER_ROOT_PID);
    }

    /** Wait status of the root, valid from {@link TargetState#ROOT_EXITED}. */
    public int rootStatus() {
        return told(Wire.STATUS_ROOT_STATUS, Wire.HEADER_ROOT_STATUS);
    }

    /** The step that failed. */
    public LaunchFailure failureStep() {
        return LaunchFailure.of(told(Wire.STATUS_FAILURE_STEP, Wire.HEADER_FAILURE_STEP));
    }

    /** errno of the failed step. */
    public int failureErrno() {
        return told(Wire.STATUS_FAILURE_ERRNO, Wire.HEADER_FAILURE_ERRNO);
    }

    /** Threads followed now. */
    public int liveTasks() {
        return bytes.getInt(Wire.HEADER_LIVE_TASKS);
    }

    /** Most threads followed at one time. */
    public int peakTasks() {
        return bytes.getInt(Wire.HEADER_PEAK_TASKS);
    }

    /** Threads ever followed. */
    public long tasks() {
        return bytes.getLong(Wire.HEADER_TASKS);
    }

    /** execve calls that succeeded. */
    public long executions() {
        return bytes.getLong(Wire.HEADER_EXECUTIONS);
    }

    /** Calls reported to the backend. */
    public long stops() {
        return bytes.getLong(Wire.HEADER_STOPS);
    }

    /** Slots taken in the shape table. */
    public long shapes() {
        return bytes.getLong(Wire.HEADER_SHAPES);
    }

    /** The counter of a cause; 0 for one that the header does not count. */
    public long loss(Loss cause) {
        return cause.isFoundByLearner() ? 0 : bytes.getLong(Wire.HEADER_LOSSES + cause.number() * Long.BYTES);
    }

    /** The counter of a kind of note. */
    public long note(Note kind) {
        return bytes.getLong(Wire.HEADER_NOTES + kind.number() * Long.BYTES);
    }

    /** Tells the helper that the ring is read from now on. */
    public void learnerReady() {
        ready = 1;
        VarHandle.releaseFence();
        bytes.putInt(Wire.HEADER_LEARNER_READY, ready);
    }

    /** Whether this side wants tasks with an unknown shape to be held. */
    public boolean asks() {
        return asks != 0;
    }

    /** Whether tasks with an unknown shape are held until they get an answer. */
    public void ask(boolean hold) {
        asks = hold ? 1 : 0;
        VarHandle.releaseFence();
        bytes.putInt(Wire.HEADER_ASK, asks);
    }

    /** Says whether the learner sleeps on the doorbell; after setting it, look once more before sleeping. */
    public void learnerWaits(boolean waits) {
        bytes.putInt(Wire.HEADER_LEARNER_WAITS, waits ? 1 : 0);
        status.learnerWaits(waits);
        VarHandle.fullFence();
    }

    /** The counter of one number below {@link Wire#NUMBERS}. */
    public long count(int abi, int number) {
        if (abi < 0 || abi >= Wire.ABIS || number < 0 || number >= Wire.NUMBERS) {
            throw new IndexOutOfBoundsException("no counter for number " + number + " of ABI " + abi);
        }
        return bytes.getLong(Wire.COUNTS + (abi * Wire.NUMBERS + number) * Long.BYTES);
    }

    /** The counters of numbers at or above {@link Wire#NUMBERS}; entries that make no sense are left out. */
    public Stray[] strays() {
        Stray[] found = new Stray[Wire.STRAYS];
        int size = 0;
        for (int i = 0; i < Wire.STRAYS; i++) {
            int at = Wire.STRAY_TABLE + i * Wire.STRAY_SIZE;
            int abi = bytes.getInt(at + Wire.STRAY_ABI) - 1;
            if (abi >= 0 && abi < Wire.ABIS) {
                found[size++] =
                        new Stray(abi, bytes.getInt(at + Wire.STRAY_NUMBER), bytes.getLong(at + Wire.STRAY_COUNT));
            }
        }
        return Arrays.copyOf(found, size);
    }

    /**
     * Sets what of a call makes its shape and which of its arguments are texts. Only before the launch.
     *
     * @param masks {@link Wire#ARGUMENTS} masks
     * @param texts {@link Wire#ARGUMENTS} kinds: PATH, SOCKADDR or NONE
     * @param lengths for each SOCKADDR the index of the argument that holds its length
     */
    public void facts(int abi, int number, long[] masks, TextKind[] texts, int[] lengths) {
        if (abi < 0 || abi >= Wire.ABIS || number < 0 || number >= Wire.NUMBERS) {
            throw new IndexOutOfBoundsException("no facts for number " + number + " of ABI " + abi);
        }
        int at = Wire.FACTS + (abi * Wire.NUMBERS + number) * Wire.FACTS_SIZE;
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            bytes.putLong(at + Wire.FACTS_MASK + i * Long.BYTES, masks[i]);
            bytes.put(at + Wire.FACTS_TEXT + i, (byte) texts[i].number());
            bytes.put(at + Wire.FACTS_LENGTH + i, (byte) lengths[i]);
        }
    }

    /** The masks of a call's arguments as they stand in the segment; zeros for a number without facts. */
    public long[] masks(int abi, int number) {
        long[] masks = new long[Wire.ARGUMENTS];
        if (abi >= 0 && abi < Wire.ABIS && number >= 0 && number < Wire.NUMBERS) {
            int at = Wire.FACTS + (abi * Wire.NUMBERS + number) * Wire.FACTS_SIZE + Wire.FACTS_MASK;
            for (int i = 0; i < Wire.ARGUMENTS; i++) {
                masks[i] = bytes.getLong(at + i * Long.BYTES);
            }
        }
        return masks;
    }

    /**
     * A counter of a large number.
     *
     * @param abi index of the ABI
     * @param number without the x32 bit; unsigned
     * @param count calls
     */
    public record Stray(int abi, int number, long count) {}
}
