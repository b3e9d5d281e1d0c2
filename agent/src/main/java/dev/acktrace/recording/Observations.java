package dev.acktrace.recording;

import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Fingerprint;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.ShapeTable;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Wire;
import dev.acktrace.wire.WireAbi;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Turns ring records into images and shapes of a run. The segment may be hostile: an image id that nobody announced is
 * an unknown image, an architecture that the helper does not know is dropped, and there is an end to how many shapes
 * are kept.
 */
public final class Observations {
    /** Most shapes that a run keeps; the table of the segment holds fewer. */
    public static final int SHAPES_MAX = 4 * Wire.SHAPES;

    private final RunBuilder run;
    private final Masks masks;
    private final String[] images = new String[Wire.IMAGES];
    private final Map<ShapeKey, Long> fingerprints = new HashMap<>();
    private long lastNs;

    /** The argument masks under which the target runs. */
    public interface Masks {
        /** Six masks of a call; numbers that have no facts have six zeros. */
        long[] of(int abi, int number);
    }

    /** What a record said. */
    public sealed interface Observation permits ImageSeen, ShapeSeen, ProcessEnded, Nothing {}

    /** A program was executed. */
    public record ImageSeen(String path, long timeNs, boolean isNew) implements Observation {}

    /** A call was reported. */
    public record ShapeSeen(Shape shape, boolean isNew, RingRecord record) implements Observation {}

    /** A process ended, with a wait status. */
    public record ProcessEnded(int pid, int waitStatus) implements Observation {}

    /** Nothing that anybody waits for, or the record made no sense. */
    public record Nothing() implements Observation {}

    /** Adds to this run. */
    public Observations(RunBuilder run, Masks masks) {
        this.run = run;
        this.masks = masks;
        Arrays.fill(images, "");
    }

    /** Takes one record into the run. */
    public Observation take(RingRecord record) {
        lastNs = Math.max(lastNs, record.timeNs());
        return switch (record.kind()) {
            case RingRecord.IMAGE -> image(record);
            case RingRecord.CALL -> call(record);
            case RingRecord.REFUSED -> {
                text(record, TextKind.IMAGE).ifPresent(path -> run.refused(path.string() + reason(record)));
                yield new Nothing();
            }
            case RingRecord.EXIT -> new ProcessEnded(record.pid(), (int) record.result());
            default -> new Nothing();
        };
    }

    /** Why no tracer could follow the program; empty if none was asked for. */
    private static String reason(RingRecord record) {
        int errno = (int) record.arguments()[0];
        if (errno == 0) {
            return "";
        }
        return errno == Errno.EPERM
                ? " (its process is traced already, or Yama forbids it)"
                : " (no tracer for it: " + Errno.name(errno).orElse(Integer.toString(errno)) + ")";
    }

    /** Time of the latest record, nanoseconds since the segment's creation. */
    public long lastNs() {
        return lastNs;
    }

    private Observation image(RingRecord record) {
        if (run.images() >= Wire.IMAGES) {
            return new Nothing();
        }
        String path = text(record, TextKind.IMAGE).map(Text::string).orElse("");
        if (record.image() > 0 && record.image() < Wire.IMAGES) {
            images[record.image()] = path;
        }
        return new ImageSeen(path, record.timeNs(), run.image(path, Math.max(0, record.timeNs())));
    }

    private Observation call(RingRecord record) {
        int abi = WireAbi.index(record.arch(), record.number());
        if (abi < 0 || run.size() >= SHAPES_MAX) {
            return new Nothing();
        }
        int number = WireAbi.number(abi, record.number());
        long[] mask = masks.of(abi, number);
        long[] values = new long[Wire.ARGUMENTS];
        int significant = 0;
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            values[i] = record.arguments()[i] & mask[i];
            significant |= mask[i] == 0 ? 0 : 1 << i;
        }
        ShapeKey key = new ShapeKey(imageOf(record), new Syscall(WireAbi.of(abi), number), significant, values);
        fingerprints.put(key, record.fingerprint());
        Shape shape = shape(key, record);
        boolean isNew = run.shape(shape);
        return new ShapeSeen(run.find(key).orElse(shape), isNew, record);
    }

    private String imageOf(RingRecord record) {
        return record.image() > 0 && record.image() < Wire.IMAGES ? images[record.image()] : "";
    }

    private static Shape shape(ShapeKey key, RingRecord record) {
        SortedSet<Site> sites = new TreeSet<>();
        SortedSet<Evidence> texts = new TreeSet<>();
        for (Text text : record.texts()) {
            switch (text.kind()) {
                case SITE -> sites.add(new Site(text.string(), record.siteOffset()));
                case PATH, SOCKADDR, COMMAND -> texts.add(Evidence.of(text));
                case IMAGE, FRAME, NONE -> {
                    // Belongs to no call, or only to this one.
                }
            }
        }
        int flags = (record.has(RingRecord.FLAG_LAUNCH) ? Shape.LAUNCH : 0)
                | (record.has(RingRecord.FLAG_DENIED) ? Shape.DENIED : 0)
                | (record.has(RingRecord.FLAG_KILLED) ? Shape.KILLED : 0);
        long time = Math.max(0, record.timeNs());
        return new Shape(key, 1, time, time, Math.max(0, record.pid()), Math.max(0, record.tid()), flags, sites, texts);
    }

    private static Optional<Text> text(RingRecord record, TextKind kind) {
        for (Text text : record.texts()) {
            if (text.kind() == kind) {
                return Optional.of(text);
            }
        }
        return Optional.empty();
    }

    /** Takes the counts of all known shapes from the segment's table. */
    public void totals(Segment segment) {
        ShapeTable table = new ShapeTable(segment);
        for (Map.Entry<ShapeKey, Long> entry : fingerprints.entrySet()) {
            int slot = table.find(entry.getValue());
            if (slot >= 0) {
                run.totals(entry.getKey(), Math.max(1, table.count(slot)), Math.max(0, table.lastNs(slot)));
            }
        }
    }

    /** The fingerprint of a shape as this side computes it. */
    public static long fingerprint(ShapeKey key) {
        long hash =
                key.image().isEmpty() ? 0 : Fingerprint.imageHash(key.image().getBytes(StandardCharsets.UTF_8));
        return Fingerprint.of(hash, WireAbi.index(key.abi()), key.number(), key.arguments());
    }

    /** All counters of a segment that are not 0. */
    public static SortedMap<Syscall, Long> counts(Segment segment) {
        SortedMap<Syscall, Long> counts = new TreeMap<>();
        for (int abi = 0; abi < Wire.ABIS; abi++) {
            for (int number = 0; number < Wire.NUMBERS; number++) {
                long count = segment.count(abi, number);
                if (count != 0 && Totals.isPossible(count)) {
                    counts.put(new Syscall(WireAbi.of(abi), number), count);
                }
            }
        }
        for (Segment.Stray stray : segment.strays()) {
            if (Totals.isPossible(stray.count())) {
                counts.put(new Syscall(WireAbi.of(stray.abi()), stray.number()), stray.count());
            }
        }
        return counts;
    }

    /** The end of a run as the segment tells it. */
    public static RunEnd end(Segment segment, long corrupt, long durationNs) {
        return new Totals(segment, segment::masks).end(corrupt, durationNs, new TreeSet<>());
    }

    /** The same, and whether the call facts in the segment are still those of the learner. */
    public RunEnd checkedEnd(Segment segment, long corrupt, long durationNs) {
        return new Totals(segment, masks).end(corrupt, durationNs, run.refused());
    }
}
