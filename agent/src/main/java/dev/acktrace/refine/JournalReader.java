package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.JsonLine;
import dev.acktrace.recording.RecordingException;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Journal entries from the lines that {@link JournalText} wrote, or somebody else. */
final class JournalReader {
    /** What no line of a kind may leave out; a list that is missing is empty. */
    private static final Map<String, List<String>> NEEDED = Map.of(
            "session", List.of("who", "recording"),
            "decision", List.of("id", "who", "once", "note", "phase"),
            "undo", List.of("decision"),
            "redo", List.of("decision"),
            "note", List.of("decision", "text"),
            "mode", List.of("mode"),
            "phase", List.of("name"),
            "enforce", List.of("rules", "kernel", "have", "without"),
            "save", List.of("path", "approvedOnly"));

    private JournalReader() {}

    /**
     * Parses one line.
     *
     * @throws RecordingException if it is no entry
     */
    static JournalEntry parse(byte[] bytes, int from, int length) throws RecordingException {
        try {
            return entry(JsonLine.parse(bytes, from, length).with(List.of("kind", "at")));
        } catch (IllegalArgumentException e) {
            throw new RecordingException(String.valueOf(e.getMessage()));
        }
    }

    private static JournalEntry entry(JsonLine fields) throws RecordingException {
        long at = fields.number("at");
        String kind = fields.text("kind");
        fields.with(NEEDED.getOrDefault(kind, List.of()));
        return switch (kind) {
            case "session" ->
                new JournalEntry.Opened(at, fields.text("who"), fields.texts("command"), fields.text("recording"));
            case "decision" -> new JournalEntry.Made(decision(fields, at));
            case "undo" -> new JournalEntry.Undone(at, small(fields, "decision"));
            case "redo" -> new JournalEntry.Redone(at, small(fields, "decision"));
            case "note" -> new JournalEntry.Noted(at, small(fields, "decision"), fields.text("text"));
            case "mode" ->
                new JournalEntry.ModeSet(
                        at, Mode.parse(fields.text("mode")).orElseThrow(() -> new RecordingException("unknown mode")));
            case "phase" -> new JournalEntry.PhaseBegan(at, fields.text("name"));
            case "enforce" ->
                new JournalEntry.Stacked(
                        at,
                        small(fields, "rules"),
                        fields.is("kernel"),
                        fields.number("have"),
                        fields.number("without"));
            case "save" -> new JournalEntry.Saved(at, fields.text("path"), fields.is("approvedOnly"));
            default -> throw new RecordingException("unknown kind '" + kind + "'");
        };
    }

    private static Decision decision(JsonLine fields, long at) throws RecordingException {
        List<Rule> rules = new ArrayList<>();
        for (JsonLine rule : fields.objects("rules")) {
            rules.add(rule(rule.with(List.of("call", "action"))));
        }
        return new Decision(
                small(fields, "id"),
                at,
                fields.text("who"),
                fields.is("once"),
                rules,
                fields.texts("evidence"),
                fields.text("note"),
                fields.text("phase"));
    }

    private static Rule rule(JsonLine fields) throws RecordingException {
        List<Abi> abis = new ArrayList<>();
        for (String name : fields.texts("abis")) {
            abis.add(Abi.ofAnyName(name).orElseThrow(() -> new RecordingException("unknown ABI '" + name + "'")));
        }
        List<Comparison> comparisons = new ArrayList<>();
        for (JsonLine comparison : fields.objects("when")) {
            comparison.with(List.of("index", "op", "bits", "mask", "value"));
            comparisons.add(new Comparison(
                    small(comparison, "index"),
                    operator(comparison.text("op")),
                    small(comparison, "bits"),
                    word(comparison, "mask"),
                    word(comparison, "value")));
        }
        Optional<Action> action = Action.parse(fields.text("action"));
        return new Rule(
                fields.text("call"),
                abis,
                new Condition(comparisons),
                action.orElseThrow(() -> new RecordingException("unknown action")));
    }

    private static Operator operator(String name) throws RecordingException {
        return Operator.ofOciName(name).orElseThrow(() -> new RecordingException("unknown operator '" + name + "'"));
    }

    private static int small(JsonLine fields, String name) throws RecordingException {
        return fields.number(name, 0, Integer.MAX_VALUE);
    }

    private static long word(JsonLine fields, String name) throws RecordingException {
        String text = fields.text(name);
        if (!text.matches("0x[0-9a-f]{1,16}")) {
            throw new RecordingException("field '" + name + "' is no hexadecimal number");
        }
        return Long.parseUnsignedLong(text.substring(2), 16);
    }
}
