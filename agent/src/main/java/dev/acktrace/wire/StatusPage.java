package dev.acktrace.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct wire_status}: what the helper knows by itself, in memory that no target maps. Where the target can write
 * into the segment, this is believed and the segment's header is not.
 */
final class StatusPage {
    private static final StatusPage NONE = new StatusPage(ByteBuffer.allocate(0));

    private final ByteBuffer bytes;

    /** A page over a buffer of {@link Wire#STATUS_SIZE} bytes. */
    StatusPage(ByteBuffer bytes) {
        this.bytes = bytes.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where there is none: a segment out of a file. */
    static StatusPage none() {
        return NONE;
    }

    boolean isThere() {
        return bytes.capacity() > 0;
    }

    /** Whether the header may say something else. */
    boolean isBelieved() {
        return isThere() && get(Wire.STATUS_BELIEVED) != 0;
    }

    /** A field. */
    int get(int offset) {
        return bytes.getInt(offset);
    }

    void learnerWaits(boolean waits) {
        if (isThere()) {
            bytes.putInt(Wire.STATUS_LEARNER_WAITS, waits ? 1 : 0);
        }
    }
}
