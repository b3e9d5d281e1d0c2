package dev.acktrace.refine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Journal entries as lines of JSON, and back. */
final class JournalText {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxNumberLength(20)
                    .build())
            .build();

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

    /** Parses one line. */
    static JournalEntry parse(byte[] bytes, int from, int length) throws IOException {
        Fields fields;
        try (JsonParser json = JSON.createParser(bytes, from, length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            fields = new Fields(object(json));
            if (json.nextToken() != null) {
                throw new IOException("text behind the JSON object");
            }
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new IOException("no JSON object: " + e.getOriginalMessage(), e);
        }
        try {
            return entry(fields);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static JournalEntry entry(Fields fields) throws IOException {
        long at = fields.number("at");
        return switch (fields.text("kind")) {
            case "session" ->
                new JournalEntry.Opened(at, fields.text("who"), fields.texts("command"), fields.text("recording"));
            case "decision" -> new JournalEntry.Made(decision(fields, at));
            case "undo" -> new JournalEntry.Undone(at, fields.small("decision"));
            case "redo" -> new JournalEntry.Redone(at, fields.small("decision"));
            case "note" -> new JournalEntry.Noted(at, fields.small("decision"), fields.text("text"));
            case "mode" ->
                new JournalEntry.ModeSet(
                        at, Mode.parse(fields.text("mode")).orElseThrow(() -> new IOException("unknown mode")));
            case "phase" -> new JournalEntry.PhaseBegan(at, fields.text("name"));
            case "enforce" ->
                new JournalEntry.Stacked(
                        at,
                        fields.small("rules"),
                        Boolean.TRUE.equals(fields.value("kernel")),
                        fields.number("have"),
                        fields.number("without"));
            case "save" ->
                new JournalEntry.Saved(at, fields.text("path"), Boolean.TRUE.equals(fields.value("approvedOnly")));
            default -> throw new IOException("unknown kind '" + fields.text("kind") + "'");
        };
    }

    private static Decision decision(Fields fields, long at) throws IOException {
        List<Rule> rules = new ArrayList<>();
        for (Fields rule : fields.objects("rules")) {
            rules.add(rule(rule));
        }
        return new Decision(
                fields.small("id"),
                at,
                fields.text("who"),
                Boolean.TRUE.equals(fields.value("once")),
                rules,
                fields.texts("evidence"),
                fields.text("note"),
                fields.text("phase"));
    }

    private static Rule rule(Fields fields) throws IOException {
        List<Abi> abis = new ArrayList<>();
        for (String name : fields.texts("abis")) {
            abis.add(Abi.ofAnyName(name).orElseThrow(() -> new IOException("unknown ABI '" + name + "'")));
        }
        List<Comparison> comparisons = new ArrayList<>();
        for (Fields comparison : fields.objects("when")) {
            comparisons.add(new Comparison(
                    comparison.small("index"),
                    operator(comparison.text("op")),
                    comparison.small("bits"),
                    comparison.word("mask"),
                    comparison.word("value")));
        }
        Optional<Action> action = Action.parse(fields.text("action"));
        return new Rule(
                fields.text("call"),
                abis,
                new Condition(comparisons),
                action.orElseThrow(() -> new IOException("unknown action")));
    }

    private static Operator operator(String name) throws IOException {
        return Operator.ofOciName(name).orElseThrow(() -> new IOException("unknown operator '" + name + "'"));
    }

    private static Map<String, Object> object(JsonParser json) throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            map.put(name, value(json));
        }
        return map;
    }

    private static Object value(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return object(json);
        }
        if (token == JsonToken.START_ARRAY) {
            List<Object> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() == null) {
                    throw new IOException("the JSON object has no end");
                }
                list.add(value(json));
            }
            return list;
        }
        if (token == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        if (token == JsonToken.VALUE_NUMBER_INT) {
            return json.getLongValue();
        }
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            return token == JsonToken.VALUE_TRUE;
        }
        throw new IOException("a value that journals do not have");
    }

    /** Fields with checked access. */
    private record Fields(Map<String, Object> map) {
        Object value(String name) throws IOException {
            Object value = map.get(name);
            if (value == null) {
                throw new IOException("field '" + name + "' is missing");
            }
            return value;
        }

        String text(String name) throws IOException {
            if (value(name) instanceof String text) {
                return text;
            }
            throw new IOException("field '" + name + "' is no text");
        }

        long number(String name) throws IOException {
            if (value(name) instanceof Long number) {
                return number;
            }
            throw new IOException("field '" + name + "' is no number");
        }

        int small(String name) throws IOException {
            long number = number(name);
            if (number < 0 || number > Integer.MAX_VALUE) {
                throw new IOException("field '" + name + "' is " + number);
            }
            return (int) number;
        }

        long word(String name) throws IOException {
            String text = text(name);
            if (!text.matches("0x[0-9a-f]{1,16}")) {
                throw new IOException("field '" + name + "' is no hexadecimal number");
            }
            return Long.parseUnsignedLong(text.substring(2), 16);
        }

        List<String> texts(String name) throws IOException {
            List<String> texts = new ArrayList<>();
            for (Object item : list(name)) {
                if (!(item instanceof String text)) {
                    throw new IOException("field '" + name + "' has an item that is no text");
                }
                texts.add(text);
            }
            return texts;
        }

        List<Fields> objects(String name) throws IOException {
            List<Fields> objects = new ArrayList<>();
            for (Object item : list(name)) {
                if (!(item instanceof Map<?, ?> inner)) {
                    throw new IOException("field '" + name + "' has an item that is no object");
                }
                Map<String, Object> copy = new LinkedHashMap<>();
                inner.forEach((key, value) -> copy.put(String.valueOf(key), value));
                objects.add(new Fields(copy));
            }
            return objects;
        }

        private List<?> list(String name) throws IOException {
            Object value = map.getOrDefault(name, List.of());
            if (value instanceof List<?> list) {
                return list;
            }
            throw new IOException("field '" + name + "' is no list");
        }
    }
}
