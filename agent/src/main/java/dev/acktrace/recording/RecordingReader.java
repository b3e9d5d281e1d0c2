package dev.acktrace.recording;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Wire;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipException;

/**
 * Reads recordings. Any prefix of a recording is one: a last line that is cut is left out, a run without an end stays
 * without. A line that is cut in the middle of the file is accepted only before a new run, where a killed run was
 * appended to.
 */
public final class RecordingReader {
    /** Bytes of the longest line. */
    public static final int LINE_MAX = 4 << 20;

    /** Shapes of the largest file. */
    public static final int SHAPES_MAX = 1 << 20;

    private static final byte[] START = "{\"line\":\"run\"".getBytes(StandardCharsets.US_ASCII);

    private final InputStream stream;
    private final List<Run> runs = new ArrayList<>();
    private final Map<Long, ShapeKey> ids = new HashMap<>();
    private Optional<RunBuilder> open = Optional.empty();
    private Optional<String> broken = Optional.empty();
    private byte[] line = new byte[1024];
    private int lineNumber;
    private int shapeCount;
    private boolean looksRight;

    private RecordingReader(InputStream stream) {
        this.stream = stream;
    }

    /**
     * Reads to the end of a stream.
     *
     * @param stream the lines, already unpacked; read in large pieces
     * @throws IOException if the stream fails, other than by ending early
     * @throws RecordingException if it is no recording or breaks a limit
     */
    public static Recording read(InputStream stream) throws IOException, RecordingException {
        return new RecordingReader(new BufferedInputStream(stream, 1 << 16)).readAll();
    }

    private Recording readAll() throws IOException, RecordingException {
        int length = readLine();
        while (length >= 0) {
            lineNumber++;
            looksRight = looksRight || startsLikeAHeader(length);
            boolean whole = length > 0 && line[length - 1] == '\n';
            if (length > 1 || !whole) {
                take(whole ? length - 1 : length);
            }
            length = readLine();
        }
        if (lineNumber > 1 && runs.isEmpty() && open.isEmpty()) {
            throw new RecordingException("line 1: " + broken.orElse("this is no recording"));
        }
        if (lineNumber == 1 && open.isEmpty() && !looksRight) {
            throw new RecordingException("line 1: this is no recording");
        }
        open.ifPresent(builder -> runs.add(builder.build()));
        return Recording.of(runs);
    }

    /** Whether the line is a prefix of a header, or longer and begins like one. */
    private boolean startsLikeAHeader(int length) {
        for (int i = 0; i < Math.min(length, START.length); i++) {
            if (line[i] != START[i]) {
                return false;
            }
        }
        return true;
    }

    private void take(int length) throws RecordingException {
        JsonLine fields;
        try {
            fields = JsonLine.parse(line, 0, length);
        } catch (RecordingException e) {
            failOnBroken();
            broken = Optional.of(String.valueOf(e.getMessage()));
            return;
        }
        try {
            String kind = fields.text("line");
            if (kind.equals("run")) {
                broken = Optional.empty();
                header(fields);
                return;
            }
            failOnBroken();
            within(kind, fields);
        } catch (RecordingException e) {
            throw new RecordingException("line " + lineNumber + ": " + e.getMessage());
        }
    }

    private void failOnBroken() throws RecordingException {
        if (broken.isPresent()) {
            throw new RecordingException("line " + (lineNumber - 1) + ": " + broken.get());
        }
    }

    private void header(JsonLine fields) throws RecordingException {
        long version = fields.number("version");
        if (version < 1 || version > RecordingWriter.VERSION) {
            throw new RecordingException(
                    "schema version " + version + "; this acktrace reads up to " + RecordingWriter.VERSION);
        }
        open.ifPresent(builder -> runs.add(builder.build()));
        ids.clear();
        open = Optional.of(new RunBuilder(new RunHeader(
                fields.text("id"),
                fields.texts("command"),
                fields.text("backend"),
                fields.texts("options"),
                fields.number("start_ms"),
                fields.text("kernel"),
                fields.text("machine"),
                fields.text("libc"),
                fields.text("tool"))));
    }

    private void within(String kind, JsonLine fields) throws RecordingException {
        if (open.isEmpty()) {
            throw new RecordingException("this is no recording: the first line is no run");
        }
        RunBuilder run = open.get();
        switch (kind) {
            case "image" -> run.image(fields.text("path"), fields.count("first_ns"));
            case "shape" -> {
                Shape shape = shape(fields);
                if (++shapeCount > SHAPES_MAX) {
                    throw new RecordingException("more than " + SHAPES_MAX + " shapes");
                }
                run.shape(shape);
                ids.put(fields.number("id"), shape.key());
            }
            case "totals" -> totals(run, fields);
            case "end" -> run.end(end(fields));
            default -> {
                // A kind of line that a later version adds; what it says is not needed here.
            }
        }
    }

    private void totals(RunBuilder run, JsonLine fields) throws RecordingException {
        SortedMap<Syscall, Long> counts = new TreeMap<>();
        JsonLine all = fields.inner("counts");
        for (String label : all.names()) {
            Abi abi = abi(label);
            JsonLine numbers = all.inner(label);
            for (String number : numbers.names()) {
                counts.put(new Syscall(abi, (int) unsigned(number, 10, 0xffffffffL)), numbers.count(number));
            }
        }
        run.counts(counts);
        for (long[] row : fields.rows("shapes", 3)) {
            ShapeKey key = ids.get(row[0]);
            if (key != null) {
                run.totals(key, row[1], row[2]);
            }
        }
    }

    private static Shape shape(JsonLine fields) throws RecordingException {
        long[] values = new long[Wire.ARGUMENTS];
        int significant = 0;
        JsonLine arguments = fields.inner("arguments");
        for (String index : arguments.names()) {
            int i = (int) unsigned(index, 10, Wire.ARGUMENTS - 1);
            values[i] = hex(arguments.text(index));
            significant |= 1 << i;
        }
        Syscall call = new Syscall(abi(fields.text("abi")), fields.number("number", 0, 0xffffffffL));
        int flags = (fields.is("launch") ? Shape.LAUNCH : 0)
                | (fields.is("denied") ? Shape.DENIED : 0)
                | (fields.is("killed") ? Shape.KILLED : 0);
        return new Shape(
                new ShapeKey(fields.text("image"), call, significant, values),
                fields.count("count"),
                fields.count("first_ns"),
                fields.count("last_ns"),
                fields.number("pid", 0, Integer.MAX_VALUE),
                fields.number("tid", 0, Integer.MAX_VALUE),
                flags,
                sites(fields),
                texts(fields));
    }

    private static SortedSet<Site> sites(JsonLine fields) throws RecordingException {
        SortedSet<Site> sites = new TreeSet<>();
        for (JsonLine site : fields.objects("sites")) {
            sites.add(new Site(site.text("file"), hex(site.text("offset"))));
        }
        return sites;
    }

    private static SortedSet<Evidence> texts(JsonLine fields) throws RecordingException {
        SortedSet<Evidence> texts = new TreeSet<>();
        for (JsonLine text : fields.objects("texts")) {
            boolean hex = text.has("hex");
            texts.add(new Evidence(
                    text.text("kind"),
                    text.number("argument", 0, 255),
                    text.is("truncated"),
                    hex,
                    text.text(hex ? "hex" : "text")));
        }
        return texts;
    }

    private static RunEnd end(JsonLine fields) throws RecordingException {
        return new RunEnd(
                fields.has("wait_status")
                        ? OptionalInt.of(fields.number("wait_status", 0, 0xffff))
                        : OptionalInt.empty(),
                fields.count("duration_ns"),
                fields.count("tasks"),
                fields.count("peak_tasks"),
                fields.count("executions"),
                fields.count("stops"),
                numbers(fields.inner("losses")),
                numbers(fields.inner("notes")),
                new TreeSet<>(fields.texts("refused")));
    }

    private static SortedMap<String, Long> numbers(JsonLine fields) throws RecordingException {
        SortedMap<String, Long> numbers = new TreeMap<>();
        for (String name : fields.names()) {
            numbers.put(name, fields.count(name));
        }
        return numbers;
    }

    private static Abi abi(String label) throws RecordingException {
        return Abi.ofAnyName(label).orElseThrow(() -> new RecordingException("unknown ABI '" + label + "'"));
    }

    private static long hex(String text) throws RecordingException {
        if (!text.startsWith("0x")) {
            throw new RecordingException("'" + text + "' is no hexadecimal number");
        }
        return unsigned(text.substring(2), 16, -1L);
    }

    private static long unsigned(String text, int radix, long most) throws RecordingException {
        try {
            long value = Long.parseUnsignedLong(text, radix);
            if (Long.compareUnsigned(value, most) <= 0 && !text.startsWith("+")) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new RecordingException("'" + text + "' is no number that can stand here");
    }

    /** Reads one line with its newline into {@link #line}; returns its length, -1 at the end. */
    private int readLine() throws IOException, RecordingException {
        int length = 0;
        while (true) {
            int next = readByte();
            if (next < 0) {
                return length == 0 ? -1 : length;
            }
            if (length == line.length) {
                if (length >= LINE_MAX) {
                    throw new RecordingException("line " + (lineNumber + 1) + " is longer than " + LINE_MAX + " bytes");
                }
                line = Arrays.copyOf(line, Math.min(LINE_MAX, length * 2));
            }
            line[length++] = (byte) next;
            if (next == '\n') {
                return length;
            }
        }
    }

    /** A packed file that was cut ends in an exception where a plain one just ends. */
    private int readByte() throws IOException {
        try {
            return stream.read();
        } catch (EOFException e) {
            return -1;
        } catch (ZipException e) {
            return -1;
        }
    }
}
