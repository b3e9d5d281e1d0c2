package dev.acktrace.refine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;

/** Journal entries as lines of JSON; {@link JournalReader} reads them. */
final class JournalText {
    private static final JsonFactory JSON = new JsonFactory();

    private JournalText() {}

    /** One line, without its newline. */
    static String line(JournalEntry entry) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            write(json, entry);
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, JournalEntry entry) throws IOException {
        json.writeStringField("kind", kind(entry));
        json.writeNumberField("at", entry.atMs());
        if (entry instanceof JournalEntry.Opened opened) {
            json.writeStringField("who", opened.who());
            strings(json, "command", opened.command());
            json.writeStringField("recording", opened.recording());
        } else if (entry instanceof JournalEntry.Made made) {
            decision(json, made.decision());
        } else if (entry instanceof JournalEntry.Undone undone) {
            json.writeNumberField("decision", undone.decision());
        } else if (entry instanceof JournalEntry.Redone redone) {
            json.writeNumberField("decision", redone.decision());
        } else if (entry instanceof JournalEntry.Noted noted) {
            json.writeNumberField("decision", noted.decision());
            json.writeStringField("text", noted.text());
        } else if (entry instanceof JournalEntry.ModeSet set) {
            json.writeStringField("mode", set.mode().label());
        } else if (entry instanceof JournalEntry.PhaseBegan phase) {
            json.writeStringField("name", phase.name());
        } else if (entry instanceof JournalEntry.Stacked stacked) {
            json.writeNumberField("rules", stacked.rules());
            json.writeBooleanField("kernel", stacked.kernel());
            json.writeNumberField("have", stacked.have());
            json.writeNumberField("without", stacked.without());
        } else if (entry instanceof JournalEntry.Saved saved) {
            json.writeStringField("path", saved.path());
            json.writeBooleanField("approvedOnly", saved.approvedOnly());
        }
    }

    private static String kind(JournalEntry entry) {
        if (entry instanceof JournalEntry.Opened) {
            return "session";
        }
        if (entry instanceof JournalEntry.Made) {
            return "decision";
        }
        if (entry instanceof JournalEntry.Undone) {
            return "undo";
        }
        if (entry instanceof JournalEntry.Redone) {
            return "redo";
        }
        if (entry instanceof JournalEntry.Noted) {
            return "note";
        }
        if (entry instanceof JournalEntry.ModeSet) {
            return "mode";
        }
        if (entry instanceof JournalEntry.Stacked) {
            return "enforce";
        }
        return entry instanceof JournalEntry.PhaseBegan ? "phase" : "save";
    }

    private static void decision(JsonGenerator json, Decision decision) throws IOException {
        json.writeNumberField("id", decision.id());
        json.writeStringField("who", decision.who());
        json.writeBooleanField("once", decision.once());
        json.writeArrayFieldStart("rules");
        for (Rule rule : decision.rules()) {
            rule(json, rule);
        }
        json.writeEndArray();
        strings(json, "evidence", decision.evidence());
        json.writeStringField("note", decision.note());
        json.writeStringField("phase", decision.phase());
    }

    private static void rule(JsonGenerator json, Rule rule) throws IOException {
        json.writeStartObject();
        json.writeStringField("call", rule.call());
        json.writeStringField("action", rule.action().toString());
        if (!rule.abis().isEmpty()) {
            strings(json, "abis", rule.abis().stream().map(Abi::label).toList());
        }
        if (!rule.condition().always()) {
            json.writeArrayFieldStart("when");
            for (Comparison comparison : rule.condition().comparisons()) {
                json.writeStartObject();
                json.writeNumberField("index", comparison.index());
                json.writeStringField("op", comparison.operator().ociName());
                json.writeNumberField("bits", comparison.bits());
                json.writeStringField("mask", "0x" + Long.toHexString(comparison.mask()));
                json.writeStringField("value", "0x" + Long.toHexString(comparison.value()));
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void strings(JsonGenerator json, String name, List<String> items) throws IOException {
        json.writeArrayFieldStart(name);
        for (String item : items) {
            json.writeString(item);
        }
        json.writeEndArray();
    }
}
