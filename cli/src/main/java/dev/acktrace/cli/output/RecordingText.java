package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunEnd;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.recording.Site;
import dev.acktrace.report.LearnReport;
import dev.acktrace.report.LearnReport.CallLine;
import dev.acktrace.wire.Wire;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** A recording: its runs, its calls with counts and programs, its losses. */
public final class RecordingText implements Json.TextAndDocument {
    private final String name;
    private final Recording recording;
    private final LearnReport report;

    /** A recording that was read from a file of this name. */
    public RecordingText(String name, Recording recording) {
        this.name = name;
        this.recording = recording;
        this.report = LearnReport.of(recording.runs().values(), Set.of());
    }

    @Override
    public String text(Palette palette) {
        StringBuilder text = new StringBuilder();
        text.append(palette.heading(name))
                .append(": ")
                .append(recording.runs().size())
                .append(" runs, ");
        text.append(report.names().size()).append(" different system calls, ");
        text.append(recording.shapeKeys().size()).append(" shapes\n");
        for (Run run : recording.runs().values()) {
            run(text, palette, run);
        }
        Table table = new Table("lrll");
        for (CallLine line : report.calls()) {
            table.row(
                    line.call().toString(),
                    Long.toString(line.count()),
                    line.category(),
                    String.join(" ", line.images()));
        }
        text.append(palette.heading("calls (how often, what about, by which programs)"))
                .append('\n');
        text.append(table.text("  "));
        if (!report.inferred().isEmpty()) {
            text.append("inferred, because the backend ack cannot see them being made: ")
                    .append(String.join(", ", report.inferred()))
                    .append('\n');
        }
        for (Map.Entry<String, Long> loss : report.losses().entrySet()) {
            text.append(palette.bad("lost"))
                    .append(": ")
                    .append(loss.getValue())
                    .append(' ');
            text.append(LearnReport.lossMeaning(loss.getKey())).append('\n');
        }
        if (!report.refused().isEmpty()) {
            text.append("not started, learn them by --backend trace: ")
                    .append(String.join(
                            ", ",
                            report.refused().stream().map(CallText::printable).toList()))
                    .append('\n');
        }
        for (Map.Entry<String, Long> note : report.notes().entrySet()) {
            text.append("note: ").append(note.getValue()).append(' ');
            text.append(LearnReport.noteMeaning(note.getKey())).append('\n');
        }
        return text.toString();
    }

    private static void run(StringBuilder text, Palette palette, Run run) {
        RunHeader header = run.header();
        text.append("  run ").append(header.id()).append("  ").append(Instant.ofEpochMilli(header.startMs()));
        text.append("  ").append(header.backend()).append(' ').append(String.join(" ", header.options()));
        text.append("\n    ")
                .append(header.command().isEmpty() ? "(attached, or salvaged)" : String.join(" ", header.command()));
        text.append("\n    ").append(end(palette, run)).append('\n');
    }

    private static String end(Palette palette, Run run) {
        if (run.end().isEmpty()) {
            return palette.bad("no end: the run was killed, or goes on");
        }
        RunEnd end = run.end().get();
        StringBuilder text = new StringBuilder();
        if (end.exitCode().isPresent()) {
            text.append("exit status ").append(end.exitCode().getAsInt());
        } else if (end.signal().isPresent()) {
            text.append("signal ").append(end.signal().getAsInt());
        } else {
            text.append("end of the root not seen");
        }
        text.append(", ")
                .append(end.durationNs() / 1_000_000)
                .append(" ms, ")
                .append(end.tasks())
                .append(" threads, ");
        text.append(end.executions())
                .append(" programs executed, ")
                .append(end.stops())
                .append(" calls reported");
        return text.toString();
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "recording");
        json.writeNumberField("schema", 1);
        json.writeArrayFieldStart("runs");
        for (Run run : recording.runs().values()) {
            run(json, run);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("calls");
        for (CallLine line : report.calls()) {
            LearnSummary.call(json, line);
        }
        json.writeEndArray();
        Json.numbers(json, "losses", report.losses());
        Json.numbers(json, "notes", report.notes());
        Json.strings(json, "inferred", report.inferred());
        json.writeEndObject();
    }

    private static void run(JsonGenerator json, Run run) throws IOException {
        RunHeader header = run.header();
        json.writeStartObject();
        json.writeStringField("id", header.id());
        Json.strings(json, "command", header.command());
        json.writeStringField("backend", header.backend());
        Json.strings(json, "options", header.options());
        json.writeNumberField("start_ms", header.startMs());
        json.writeStringField("kernel", header.kernel());
        json.writeStringField("libc", header.libc());
        json.writeBooleanField("finished", run.end().isPresent());
        if (run.end().isPresent()) {
            RunEnd end = run.end().get();
            if (end.exitCode().isPresent()) {
                json.writeNumberField("exit_code", end.exitCode().getAsInt());
            }
            if (end.signal().isPresent()) {
                json.writeNumberField("signal", end.signal().getAsInt());
            }
            json.writeNumberField("duration_ns", end.durationNs());
            Json.numbers(json, "losses", end.losses());
        }
        json.writeArrayFieldStart("shapes");
        for (Shape shape : run.allShapes()) {
            shape(json, shape);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void shape(JsonGenerator json, Shape shape) throws IOException {
        ShapeKey key = shape.key();
        json.writeStartObject();
        json.writeStringField("name", key.call().name());
        json.writeStringField("abi", key.abi().label());
        json.writeStringField("image", key.image());
        json.writeObjectFieldStart("arguments");
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            if (key.isSignificant(i)) {
                json.writeStringField(Integer.toString(i), "0x" + Long.toHexString(key.argument(i)));
            }
        }
        json.writeEndObject();
        json.writeNumberField("count", shape.count());
        json.writeArrayFieldStart("sites");
        for (Site site : shape.sites()) {
            json.writeString(site.toString());
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
