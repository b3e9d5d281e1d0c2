package dev.acktrace.wire;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/** The shape table of a segment: open addressing, insert-only, verdicts written by the learner. */
public final class ShapeTable {
    /** {@code enum wire_verdict}: not known, report it once. */
    public static final int NONE = 0;
    /** Known: execute, never report. */
    public static final int ACKNOWLEDGED = 1;
    /** Answer an errno instead of executing. */
    public static final int DENY = 2;
    /** SIGKILL the process. */
    public static final int KILL = 3;

    private final Segment segment;
    private final ByteBuffer bytes;

    /** The table of a segment. */
    public ShapeTable(Segment segment) {
        this.segment = segment;
        this.bytes = segment.bytes();
    }

    /** Slot of a fingerprint; -1 if it is not in the table. */
    public int find(long fingerprint) {
        if (fingerprint == 0) {
            return -1;
        }
        for (int i = 0; i < Wire.SHAPE_PROBES; i++) {
            int slot = slot(fingerprint, i);
            long found = segment.loadAcquire(at(slot) + Wire.SHAPE_FINGERPRINT);
            if (found == fingerprint) {
                return slot;
            }
            if (found == 0) {
                return -1;
            }
        }
        return -1;
    }

    /**
     * Puts a fingerprint that is known beforehand into the table. Only before the launch, when nobody else inserts.
     *
     * @return its slot; -1 if the table is full there
     */
    public int preload(long fingerprint, int verdict) {
        if (fingerprint == 0) {
            return -1;
        }
        for (int i = 0; i < Wire.SHAPE_PROBES; i++) {
            int slot = slot(fingerprint, i);
            long found = bytes.getLong(at(slot) + Wire.SHAPE_FINGERPRINT);
            if (found == 0 || found == fingerprint) {
                bytes.putInt(at(slot) + Wire.SHAPE_VERDICT, verdict);
                segment.storeRelease(at(slot) + Wire.SHAPE_FINGERPRINT, fingerprint);
                return slot;
            }
        }
        return -1;
    }

    /** Sets the verdict of a slot; the errno counts for {@link #DENY} only. */
    public void verdict(int slot, int verdict, int errno) {
        bytes.putInt(at(slot) + Wire.SHAPE_VERDICT_ERRNO, errno);
        VarHandle.releaseFence();
        bytes.putInt(at(slot) + Wire.SHAPE_VERDICT, verdict);
    }

    /** The verdict of a slot. */
    public int verdict(int slot) {
        return bytes.getInt(at(slot) + Wire.SHAPE_VERDICT);
    }

    /** Fingerprint in a slot; 0 if it is free. */
    public long fingerprint(int slot) {
        return segment.loadAcquire(at(slot) + Wire.SHAPE_FINGERPRINT);
    }

    /** Calls of a slot's shape. */
    public long count(int slot) {
        return bytes.getLong(at(slot) + Wire.SHAPE_COUNT);
    }

    /** Time of the first call of a slot's shape, nanoseconds since the segment's epoch. */
    public long firstNs(int slot) {
        return bytes.getLong(at(slot) + Wire.SHAPE_FIRST_NS);
    }

    /** Time of the last call of a slot's shape, nanoseconds since the segment's epoch. */
    public long lastNs(int slot) {
        return bytes.getLong(at(slot) + Wire.SHAPE_LAST_NS);
    }

    /** The slot of a probe, as {@code wire_shape_slot} has it. */
    static int slot(long fingerprint, int probe) {
        if (probe < Wire.SHAPE_FIRST_PROBES) {
            return (int) ((fingerprint + probe) & (Wire.SHAPE_FIRST - 1));
        }
        return Wire.SHAPE_FIRST + (int) (((fingerprint >>> 32) + probe) % (Wire.SHAPES - Wire.SHAPE_FIRST));
    }

    private static int at(int slot) {
        if (slot < 0 || slot >= Wire.SHAPES) {
            throw new IndexOutOfBoundsException("no shape slot " + slot);
        }
        return Wire.SHAPE_TABLE + slot * Wire.SHAPE_SIZE;
    }
}
