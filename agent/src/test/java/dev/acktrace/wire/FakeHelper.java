package dev.acktrace.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The helper's side of a segment in this process: writes what the helper would write. */
public final class FakeHelper {
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(Wire.SEGMENT_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer own = ByteBuffer.allocateDirect(Wire.STATUS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private long head;

    /** A segment with a valid header and nothing else. */
    public FakeHelper() {
        bytes.putLong(Wire.HEADER_MAGIC, Wire.MAGIC)
                .putInt(Wire.HEADER_VERSION, Wire.VERSION)
                .putInt(Wire.HEADER_HEADER_SIZE, Wire.HEADER_SIZE)
                .putLong(Wire.HEADER_SEGMENT_SIZE, Wire.SEGMENT_SIZE)
                .putLong(Wire.HEADER_EPOCH_REALTIME, 1_700_000_000_000_000_000L);
    }

    /** The bytes of the segment. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** The learner's view of it. */
    public Segment segment() throws WireException {
        return Segment.of(bytes);
    }

    /** The same, of a target that shares the segment: the state is in a page of the helper's own. */
    public Segment sharedSegment() throws WireException {
        own.putInt(Wire.STATUS_BELIEVED, 1);
        return Segment.of(bytes, new StatusPage(own));
    }

    /** One text of a record. */
    public record TextOf(TextKind kind, int argument, String text) {}

    /** Sets the state of the target. */
    public void state(TargetState state) {
        for (int i = 0; i <= TargetState.values().length; i++) {
            if (TargetState.of(i) == state) {
                bytes.putInt(Wire.HEADER_STATE, i);
                own.putInt(Wire.STATUS_STATE, i);
                return;
            }
        }
    }

    /** Sets the root's wait status. */
    public void rootStatus(int status) {
        bytes.putInt(Wire.HEADER_ROOT_STATUS, status);
    }

    /** Counts calls. */
    public void count(int abi, int number, long calls) {
        int at = Wire.COUNTS + (abi * Wire.NUMBERS + number) * Long.BYTES;
        bytes.putLong(at, bytes.getLong(at) + calls);
    }

    /** Counts a large number. */
    public void stray(int index, int abi, int number, long calls) {
        int at = Wire.STRAY_TABLE + index * Wire.STRAY_SIZE;
        bytes.putInt(at, abi + 1).putInt(at + 4, number).putLong(at + 8, calls);
    }

    /** Whether the learner wants tasks with unknown shapes to be held. */
    public boolean asks() {
        return bytes.getInt(Wire.HEADER_ASK) == 1;
    }

    /** Sets how many calls were reported. */
    public void stops(long stops) {
        bytes.putLong(Wire.HEADER_STOPS, stops);
    }

    /** Counts a loss. */
    public void loss(Loss loss, long count) {
        bytes.putLong(Wire.HEADER_LOSSES + loss.number() * Long.BYTES, count);
    }

    /** Puts a shape into the table. */
    public void shape(long fingerprint, long calls, long lastNs) {
        int probe = 0;
        while (bytes.getLong(Wire.SHAPE_TABLE + ShapeTable.slot(fingerprint, probe) * Wire.SHAPE_SIZE) != 0) {
            probe++;
        }
        int at = Wire.SHAPE_TABLE + ShapeTable.slot(fingerprint, probe) * Wire.SHAPE_SIZE;
        bytes.putLong(at, fingerprint).putLong(at + Wire.SHAPE_COUNT, calls).putLong(at + Wire.SHAPE_LAST_NS, lastNs);
    }

    /** Publishes that a program is executed. */
    public void image(int id, String path, int pid) {
        publish(
                RingRecord.IMAGE,
                0,
                pid,
                0,
                0,
                new long[Wire.ARGUMENTS],
                id,
                List.of(new TextOf(TextKind.IMAGE, 255, path)));
    }

    /** Publishes a call. */
    public void call(int image, int arch, int number, long[] arguments, List<TextOf> texts) {
        publish(RingRecord.CALL, 0, 100, arch, number, arguments, image, texts);
    }

    /** Publishes a record and returns its cursor; there must be room. */
    public long publish(
            int kind, int flags, int pid, int arch, int number, long[] arguments, int image, List<TextOf> texts) {
        int size = Wire.SLOT_SIZE;
        for (TextOf text : texts) {
            size += Wire.TEXT_HEAD_SIZE + ((text.text().getBytes(StandardCharsets.UTF_8).length + 7) & ~7);
        }
        int slots = (size + Wire.SLOT_SIZE - 1) / Wire.SLOT_SIZE;
        int index = (int) (head % Wire.RING_SLOTS);
        if (index + slots > Wire.RING_SLOTS) {
            int rest = Wire.RING_SLOTS - index;
            int at = Wire.RING + index * Wire.SLOT_SIZE;
            bytes.putShort(at + Wire.RECORD_KIND, (short) RingRecord.PADDING);
            bytes.putShort(at + Wire.RECORD_SLOT_COUNT, (short) rest);
            bytes.putLong(at, head + 1);
            head += rest;
            index = 0;
        }
        int at = Wire.RING + index * Wire.SLOT_SIZE;
        bytes.putShort(at + Wire.RECORD_KIND, (short) kind)
                .putShort(at + Wire.RECORD_FLAGS, (short) flags)
                .putShort(at + Wire.RECORD_SLOT_COUNT, (short) slots)
                .putShort(at + Wire.RECORD_TEXTS, (short) texts.size())
                .putInt(at + Wire.RECORD_PID, pid)
                .putInt(at + Wire.RECORD_TID, pid)
                .putLong(at + Wire.RECORD_TIME_NS, 1000 + head)
                .putInt(at + Wire.RECORD_ARCH, arch)
                .putInt(at + Wire.RECORD_NUMBER, number)
                .putLong(at + Wire.RECORD_FINGERPRINT, 0x1234_5678_0000_0000L + head)
                .putInt(at + Wire.RECORD_IMAGE, image);
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            bytes.putLong(at + Wire.RECORD_ARGUMENTS + i * Long.BYTES, arguments[i]);
        }
        int to = at + Wire.SLOT_SIZE;
        for (TextOf text : texts) {
            byte[] content = text.text().getBytes(StandardCharsets.UTF_8);
            bytes.put(to + Wire.TEXT_KIND, (byte) text.kind().number())
                    .put(to + Wire.TEXT_ARGUMENT, (byte) text.argument())
                    .putInt(to + Wire.TEXT_LENGTH, content.length);
            bytes.put(to + Wire.TEXT_HEAD_SIZE, content);
            to += Wire.TEXT_HEAD_SIZE + ((content.length + 7) & ~7);
        }
        long cursor = head;
        head += slots;
        bytes.putLong(Wire.HEADER_RING_HEAD, head);
        bytes.putLong(at + Wire.RECORD_COMMIT, cursor + 1);
        return cursor;
    }
}
