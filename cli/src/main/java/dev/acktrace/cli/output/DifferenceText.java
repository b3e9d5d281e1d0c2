package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.bpf.PlanDifference.Change;
import dev.acktrace.format.ConditionText;
import dev.acktrace.policy.Action;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.syscall.ValueNames;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where two policies answer differently: calls and conditions that only one side executes, by architecture. */
public final class DifferenceText implements Json.TextAndDocument {
    private final String left;
    private final String right;
    private final List<Change> changes;
    private final Optional<String> elsewhere;
    private final boolean answers;

    /**
     * A difference.
     *
     * @param left name of the first side
     * @param right name of the second
     * @param elsewhere how they differ on architectures that neither knows; empty if they do not
     * @param answers whether the changes have the answers of both; else only who executes is known
     */
    public DifferenceText(
            String left, String right, List<Change> changes, Optional<String> elsewhere, boolean answers) {
        this.answers = answers;
        this.left = left;
        this.right = right;
        this.changes = List.copyOf(changes);
        this.elsewhere = elsewhere;
    }

    /** Whether there is no difference. */
    public boolean isEmpty() {
        return changes.isEmpty() && elsewhere.isEmpty();
    }

    /** Calls that differ in the same way. */
    private record Row(Abi abi, String condition, Action left, Action right) {}

    private static boolean executes(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG;
    }

    private static String side(Change change) {
        boolean before = executes(change.left());
        boolean after = executes(change.right());
        return before == after ? "neither" : before ? "left" : "right";
    }

    @Override
    public String text(Palette palette) {
        if (isEmpty()) {
            return "no difference\n";
        }
        StringBuilder text = new StringBuilder();
        section(text, palette.heading("only " + left + " executes"), "left");
        section(text, palette.heading("only " + right + " executes"), "right");
        section(text, palette.heading("answered differently (" + left + " -> " + right + ")"), "neither");
        elsewhere.ifPresent(how -> text.append(palette.heading("other architectures"))
                .append("\n  ")
                .append(how)
                .append('\n'));
        return text.toString();
    }

    private void section(StringBuilder text, String heading, String side) {
        Map<Row, Set<String>> rows = new LinkedHashMap<>();
        for (Change change : changes) {
            if (!side(change).equals(side)) {
                continue;
            }
            for (NumberRun run : NumberRun.of(change.arch(), change.from(), change.to())) {
                for (String name : run.names()) {
                    String condition = String.join("", conditions(run.abi(), name, change));
                    rows.computeIfAbsent(
                                    new Row(run.abi(), condition, change.left(), change.right()),
                                    key -> new LinkedHashSet<>())
                            .add(name);
                }
            }
        }
        if (rows.isEmpty()) {
            return;
        }
        text.append(heading).append('\n');
        rows.forEach((row, names) -> {
            List<String> words = NumberRun.shortened(row.abi(), names);
            String how = side.equals("neither") ? ": " + row.left() + " -> " + row.right() : "";
            String when = row.condition().isEmpty() ? "" : ": " + row.condition();
            int last = words.size() - 1;
            words.set(last, words.get(last) + when + how);
            LearnSummary.wrapped(text, row.abi().label(), words);
        });
    }

    /** The condition of a change; none if it always holds. */
    private static List<String> conditions(Abi abi, String name, Change change) {
        if (change.condition().always()) {
            return List.of();
        }
        Syscall call = new Syscall(abi, SyscallTable.of(abi).parse(name).orElse(0));
        return List.of(ConditionText.of(
                abi, name, change.condition(), (argument, value) -> ValueNames.of(call, argument, value)));
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "diff");
        json.writeNumberField("schema", 1);
        json.writeStringField("left", left);
        json.writeStringField("right", right);
        json.writeBooleanField("same", isEmpty());
        if (elsewhere.isPresent()) {
            json.writeStringField("otherArchitectures", elsewhere.get());
        }
        json.writeArrayFieldStart("changes");
        for (Change change : changes) {
            for (NumberRun run : NumberRun.of(change.arch(), change.from(), change.to())) {
                change(json, change, run);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void change(JsonGenerator json, Change change, NumberRun run) throws IOException {
        json.writeStartObject();
        json.writeStringField("arch", run.abi().label());
        json.writeNumberField("from", run.from());
        json.writeNumberField("to", run.to());
        Json.strings(json, "calls", run.named());
        String first = run.named().isEmpty() ? "" : run.named().get(0);
        Json.strings(json, "conditions", conditions(run.abi(), first, change));
        json.writeStringField("executes", side(change));
        if (answers) {
            json.writeStringField("left", change.left().toString());
            json.writeStringField("right", change.right().toString());
        }
        json.writeEndObject();
    }
}
