package dev.acktrace.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes records out of the ring, in the order of their cursors. A record is there when its commit word holds its
 * cursor plus one, whoever wrote it; so one reader serves one or many writers. Slots that were read are marked empty
 * before they are given back, so that the text of an old record is never taken for the head of a new one.
 */
public final class RingReader {
    private final Segment segment;
    private final ByteBuffer bytes;
    private long tail;

    /** Reads on from the tail in the header. */
    public RingReader(Segment segment) {
        this.segment = segment;
        this.bytes = segment.bytes();
        this.tail = bytes.getLong(Wire.HEADER_RING_TAIL);
    }

    /** Whether a record (or padding) is ready to be taken. */
    public boolean ready() {
        return segment.loadAcquire(slotAt(tail) + Wire.RECORD_COMMIT) == tail + 1;
    }

    /** Slots between this reader and the helper's cursor; more than {@link Wire#RING_SLOTS}, as unsigned, if that is astray. */
    public long waiting() {
        return segment.loadAcquire(Wire.HEADER_RING_HEAD) - tail;
    }

    /** Whether the helper's cursor is where it cannot be: nothing that is written there would ever be found. */
    public boolean isAstray() {
        return Long.compareUnsigned(waiting(), Wire.RING_SLOTS) > 0;
    }

    /**
     * Takes the next record.
     *
     * @return empty if none is ready
     * @throws WireException if the next record breaks its bounds; nothing is taken, {@link #resynchronize} goes on
     */
    public Optional<RingRecord> next() throws WireException {
        for (int paddings = 0; paddings < Wire.RING_SLOTS && ready(); paddings++) {
            int at = slotAt(tail);
            int slots = bytes.getShort(at + Wire.RECORD_SLOT_COUNT) & 0xffff;
            int index = (int) (tail & (Wire.RING_SLOTS - 1));
            if (slots == 0 || slots > Wire.RECORD_SLOTS || index + slots > Wire.RING_SLOTS) {
                throw new WireException("ring record of " + slots + " slots at slot " + index);
            }
            int kind = bytes.getShort(at + Wire.RECORD_KIND) & 0xffff;
            if (kind == RingRecord.PADDING) {
                release(slots);
                continue;
            }
            RingRecord found = read(at, kind, slots);
            release(slots);
            return Optional.of(found);
        }
        return Optional.empty();
    }

    /** Gives up everything that is in the ring now and goes on behind it. */
    public void resynchronize() {
        long head = segment.loadAcquire(Wire.HEADER_RING_HEAD);
        for (int slot = 0; slot < Wire.RING_SLOTS; slot++) {
            int at = Wire.RING + slot * Wire.SLOT_SIZE + Wire.RECORD_COMMIT;
            long commit = bytes.getLong(at);
            if (Long.compareUnsigned(commit, head) <= 0) {
                bytes.putLong(at, 0);
            }
        }
        tail = head;
        segment.storeRelease(Wire.HEADER_RING_TAIL, tail);
    }

    private RingRecord read(int at, int kind, int slots) throws WireException {
        long[] arguments = new long[Wire.ARGUMENTS];
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            arguments[i] = bytes.getLong(at + Wire.RECORD_ARGUMENTS + i * Long.BYTES);
        }
        return new RingRecord(
                kind,
                bytes.getShort(at + Wire.RECORD_FLAGS) & 0xffff,
                bytes.getInt(at + Wire.RECORD_PID),
                bytes.getInt(at + Wire.RECORD_TID),
                bytes.getLong(at + Wire.RECORD_TIME_NS),
                bytes.getInt(at + Wire.RECORD_ARCH),
                bytes.getInt(at + Wire.RECORD_NUMBER),
                arguments,
                bytes.getLong(at + Wire.RECORD_INSTRUCTION_POINTER),
                bytes.getLong(at + Wire.RECORD_RESULT),
                bytes.getLong(at + Wire.RECORD_FINGERPRINT),
                bytes.getInt(at + Wire.RECORD_IMAGE),
                bytes.getLong(at + Wire.RECORD_SITE_OFFSET),
                texts(at, slots));
    }

    private List<Text> texts(int at, int slots) throws WireException {
        int count = bytes.getShort(at + Wire.RECORD_TEXTS) & 0xffff;
        int from = at + Wire.SLOT_SIZE;
        int end = at + slots * Wire.SLOT_SIZE;
        List<Text> texts = new ArrayList<>(Math.min(count, Wire.ARGUMENTS + 2));
        for (int i = 0; i < count; i++) {
            if (end - from < Wire.TEXT_HEAD_SIZE) {
                throw new WireException("ring record of " + slots + " slots with " + count + " texts");
            }
            int length = bytes.getInt(from + Wire.TEXT_LENGTH);
            if (length < 0 || length > Wire.TEXT_MAX || length > end - from - Wire.TEXT_HEAD_SIZE) {
                throw new WireException("text of " + length + " bytes in a ring record of " + slots + " slots");
            }
            byte[] text = new byte[length];
            bytes.get(from + Wire.TEXT_HEAD_SIZE, text);
            texts.add(new Text(
                    TextKind.of(bytes.get(from + Wire.TEXT_KIND) & 0xff),
                    bytes.get(from + Wire.TEXT_ARGUMENT) & 0xff,
                    bytes.get(from + Wire.TEXT_TRUNCATED) != 0,
                    text));
            from += Wire.TEXT_HEAD_SIZE + ((length + 7) & ~7);
        }
        return texts;
    }

    private void release(int slots) {
        for (int i = 0; i < slots; i++) {
            bytes.putLong(slotAt(tail + i) + Wire.RECORD_COMMIT, 0);
        }
        tail += slots;
        segment.storeRelease(Wire.HEADER_RING_TAIL, tail);
    }

    private static int slotAt(long cursor) {
        return Wire.RING + (int) (cursor & (Wire.RING_SLOTS - 1)) * Wire.SLOT_SIZE;
    }
}
