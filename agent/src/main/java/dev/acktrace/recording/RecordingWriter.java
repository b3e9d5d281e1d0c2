package dev.acktrace.recording;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes runs as JSON Lines. Each line goes out with one write call and is whole; the file can be read at any moment.
 *
 * <p>Kinds of lines, by their field {@code line}: {@code run} (the header; begins a run), {@code image},
 * {@code shape} (with an id that counts from 1 in its run), {@code totals} (counts so far; the last one holds), and
 * {@code end}.
 */
public final class RecordingWriter {
    /** Version of the schema; a reader refuses newer ones. */
    public static final int VERSION = 1;

    private static final JsonFactory JSON = new JsonFactory();

    private final OutputStream stream;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    private final Map<ShapeKey, Integer> ids = new LinkedHashMap<>();

    /** Lines go to this stream; flushing and closing is the caller's. */
    public RecordingWriter(OutputStream stream) {
        this.stream = stream;
    }

    /** Begins a run. */
    public void header(RunHeader header) throws IOException {
        ids.clear();
        JsonGenerator json = begin("run");
        json.writeNumberField("version", VERSION);
        json.writeStringField("id", header.id());
        json.writeArrayFieldStart("command");
        for (String word : header.command()) {
            json.writeString(word);
        }
        json.writeEndArray();
        json.writeStringField("backend", header.backend());
        json.writeArrayFieldStart("options");
        for (String option : header.options()) {
            json.writeString(option);
        }
        json.writeEndArray();
        json.writeNumberField("start_ms", header.startMs());
        json.writeStringField("kernel", header.kernel());
        json.writeStringField("machine", header.machine());
        json.writeStringField("libc", header.libc());
        json.writeStringField("tool", header.tool());
        finish(json);
    }

    /** A program that was executed for the first time. */
    public void image(String path, long firstNs) throws IOException {
        JsonGenerator json = begin("image");
        json.writeStringField("path", path);
        json.writeNumberField("first_ns", firstNs);
        finish(json);
    }

    /** A shape that was seen for the first time, or again with more evidence. */
    public void shape(Shape shape) throws IOException {
        ShapeKey key = shape.key();
        Integer id = ids.get(key);
        if (id == null) {
            id = ids.size() + 1;
            ids.put(key, id);
        }
        JsonGenerator json = begin("shape");
        json.writeNumberField("id", id.intValue());
        json.writeStringField("image", key.image());
        json.writeStringField("abi", key.abi().label());
        json.writeNumberField("number", key.number() & 0xffffffffL);
        json.writeStringField("name", key.call().name());
        if (key.significant() != 0) {
            arguments(json, key);
        }
        json.writeNumberField("count", shape.count());
        json.writeNumberField("first_ns", shape.firstNs());
        json.writeNumberField("last_ns", shape.lastNs());
        json.writeNumberField("pid", shape.pid());
        json.writeNumberField("tid", shape.tid());
        flags(json, shape);
        evidence(json, shape);
        finish(json);
    }

    private static void arguments(JsonGenerator json, ShapeKey key) throws IOException {
        json.writeObjectFieldStart("arguments");
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            if (key.isSignificant(i)) {
                json.writeStringField(Integer.toString(i), "0x" + Long.toHexString(key.argument(i)));
            }
        }
        json.writeEndObject();
    }

    private static void flags(JsonGenerator json, Shape shape) throws IOException {
        if (shape.has(Shape.LAUNCH)) {
            json.writeBooleanField("launch", true);
        }
        if (shape.has(Shape.DENIED)) {
            json.writeBooleanField("denied", true);
        }
        if (shape.has(Shape.KILLED)) {
            json.writeBooleanField("killed", true);
        }
    }

    private static void evidence(JsonGenerator json, Shape shape) throws IOException {
        if (!shape.sites().isEmpty()) {
            json.writeArrayFieldStart("sites");
            for (Site site : shape.sites()) {
                json.writeStartObject();
                json.writeStringField("file", site.file());
                json.writeStringField("offset", "0x" + Long.toHexString(site.offset()));
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        if (!shape.texts().isEmpty()) {
            json.writeArrayFieldStart("texts");
            for (Evidence text : shape.texts()) {
                json.writeStartObject();
                json.writeStringField("kind", text.kind());
                json.writeNumberField("argument", text.argument());
                json.writeStringField(text.hex() ? "hex" : "text", text.text());
                if (text.truncated()) {
                    json.writeBooleanField("truncated", true);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /**
     * Counts so far.
     *
     * @param shapes shapes that were written before, with their totals
     */
    public void totals(Map<Syscall, Long> counts, Iterable<Shape> shapes) throws IOException {
        JsonGenerator json = begin("totals");
        json.writeObjectFieldStart("counts");
        Abi open = null;
        for (Map.Entry<Syscall, Long> count : counts.entrySet()) {
            Abi abi = count.getKey().abi();
            if (abi != open) {
                if (open != null) {
                    json.writeEndObject();
                }
                json.writeObjectFieldStart(abi.label());
                open = abi;
            }
            json.writeNumberField(Integer.toUnsignedString(count.getKey().number()), count.getValue());
        }
        if (open != null) {
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeArrayFieldStart("shapes");
        for (Shape shape : shapes) {
            Integer id = ids.get(shape.key());
            if (id != null) {
                json.writeStartArray();
                json.writeNumber(id.intValue());
                json.writeNumber(shape.count());
                json.writeNumber(shape.lastNs());
                json.writeEndArray();
            }
        }
        json.writeEndArray();
        finish(json);
    }

    /** Ends a run. */
    public void end(RunEnd end) throws IOException {
        JsonGenerator json = begin("end");
        if (end.waitStatus().isPresent()) {
            json.writeNumberField("wait_status", end.waitStatus().getAsInt());
        }
        json.writeNumberField("duration_ns", end.durationNs());
        json.writeNumberField("tasks", end.tasks());
        json.writeNumberField("peak_tasks", end.peakTasks());
        json.writeNumberField("executions", end.executions());
        json.writeNumberField("stops", end.stops());
        numbers(json, "losses", end.losses());
        numbers(json, "notes", end.notes());
        if (!end.refused().isEmpty()) {
            json.writeArrayFieldStart("refused");
            for (String path : end.refused()) {
                json.writeString(path);
            }
            json.writeEndArray();
        }
        finish(json);
    }

    /** Writes a whole run. */
    public void run(Run run) throws IOException {
        header(run.header());
        for (Map.Entry<String, Long> image : run.images().entrySet()) {
            image(image.getKey(), image.getValue());
        }
        for (Shape shape : run.allShapes()) {
            shape(shape);
        }
        totals(run.counts(), run.allShapes());
        if (run.end().isPresent()) {
            end(run.end().get());
        }
    }

    private static void numbers(JsonGenerator json, String name, Map<String, Long> numbers) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Long> number : numbers.entrySet()) {
            json.writeNumberField(number.getKey(), number.getValue());
        }
        json.writeEndObject();
    }

    private JsonGenerator begin(String kind) throws IOException {
        line.reset();
        JsonGenerator json = JSON.createGenerator(line);
        json.writeStartObject();
        json.writeStringField("line", kind);
        return json;
    }

    private void finish(JsonGenerator json) throws IOException {
        json.writeEndObject();
        json.close();
        line.write('\n');
        stream.write(line.toByteArray());
    }
}
