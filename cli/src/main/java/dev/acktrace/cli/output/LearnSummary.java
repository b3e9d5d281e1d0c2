package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunEnd;
import dev.acktrace.report.CallFactsheet;
import dev.acktrace.report.CallFactsheet.Risk;
import dev.acktrace.report.LearnReport;
import dev.acktrace.report.LearnReport.CallLine;
import dev.acktrace.session.Outcome;
import dev.acktrace.wire.Loss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The end of {@code learn}, for people and as JSON. */
public final class LearnSummary implements Json.TextAndDocument {
    private static final int WIDTH = 100;
    private static final int SEVERE = 6;

    private final LearnReport report;
    private final Run run;
    private final Outcome outcome;
    private final String policy;
    private final String recording;

    /**
     * A summary.
     *
     * @param policy name of the file that was written; empty if none
     * @param recording name of the file that was written; empty if none
     */
    public LearnSummary(LearnReport report, Run run, Outcome outcome, String policy, String recording) {
        this.report = report;
        this.run = run;
        this.outcome = outcome;
        this.policy = policy;
        this.recording = recording;
    }

    @Override
    public String text(Palette palette) {
        StringBuilder text = new StringBuilder();
        text.append(palette.heading("acktrace: ")).append(headline()).append('\n');
        categories(text, palette);
        images(text, palette);
        risks(text, palette);
        comparison(text, palette);
        ledger(text, palette);
        notSeen(text, palette);
        next(text, palette);
        return text.toString();
    }

    private String headline() {
        int calls = report.names().size();
        String end = switch (kind()) {
            case "exited" -> "exit status " + number();
            case "signaled" -> "ended by signal " + number();
            default -> "end not seen";
        };
        long executions = run.end().map(RunEnd::executions).orElse(0L);
        long tasks = run.end().map(RunEnd::tasks).orElse(0L);
        return calls + (calls == 1 ? " system call" : " different system calls")
                + (report.hadBase() ? " reported (what was known passed unseen), " : ", ")
                + plural(executions, "program") + " executed, "
                + plural(tasks, "thread") + ", " + end;
    }

    static String plural(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private void categories(StringBuilder text, Palette palette) {
        SortedMap<String, List<CallLine>> byCategory = new TreeMap<>();
        for (CallLine line : report.calls()) {
            byCategory
                    .computeIfAbsent(line.category(), key -> new ArrayList<>())
                    .add(line);
        }
        heading(text, palette, "calls by category (how often)");
        for (Map.Entry<String, List<CallLine>> entry : byCategory.entrySet()) {
            List<String> words = new ArrayList<>();
            for (CallLine line : entry.getValue()) {
                words.add(display(line) + " " + line.count());
            }
            wrapped(text, entry.getKey(), words);
        }
    }

    private static String display(CallLine line) {
        String abi = line.call().abi().label();
        return abi.equals("x86_64") ? line.name() : line.name() + "[" + abi + "]";
    }

    static void wrapped(StringBuilder text, String label, List<String> words) {
        StringBuilder line = new StringBuilder(String.format("  %-16s", label));
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i) + (i + 1 < words.size() ? "," : "");
            if (line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append('\n');
                line = new StringBuilder(" ".repeat(18));
            }
            line.append(' ').append(word);
        }
        text.append(line).append('\n');
    }

    private void images(StringBuilder text, Palette palette) {
        if (report.images().size() < 2) {
            return;
        }
        heading(text, palette, "programs (different calls)");
        Table table = new Table("rl");
        for (Map.Entry<String, Integer> image : report.images().entrySet()) {
            table.row(image.getValue().toString(), image.getKey());
        }
        text.append(table.text("  "));
    }

    private void risks(StringBuilder text, Palette palette) {
        Table table = new Table("lll");
        for (String name : report.names()) {
            Optional<Risk> risk = CallFactsheet.risk(name);
            if (risk.isPresent() && risk.get().severity() > 1) {
                String severity = Integer.toString(risk.get().severity());
                table.row(
                        risk.get().severity() >= SEVERE ? palette.bad(severity) : palette.warning(severity),
                        name,
                        risk.get().reason());
            }
        }
        if (!table.isEmpty()) {
            heading(text, palette, "look at these before you allow them (severity 1 to 9)");
            text.append(table.text("  "));
        }
    }

    private void comparison(StringBuilder text, Palette palette) {
        heading(text, palette, "against Docker's default profile");
        text.append("  ")
                .append(report.names().size())
                .append(" names instead of ")
                .append(report.dockerSize())
                .append('\n');
        if (!report.notInDocker().isEmpty()) {
            wrapped(text, "not in Docker's", List.copyOf(report.notInDocker()));
        }
        if (report.hadBase()) {
            heading(text, palette, "new since what was known");
            if (report.newCalls().isEmpty()) {
                text.append("  nothing\n");
            } else {
                wrapped(text, plural(report.newCalls().size(), "call"), List.copyOf(report.newCalls()));
            }
        }
    }

    private void ledger(StringBuilder text, Palette palette) {
        heading(text, palette, "losses");
        if (report.losses().isEmpty()) {
            text.append("  none known\n");
        }
        for (Map.Entry<String, Long> loss : report.losses().entrySet()) {
            text.append("  ").append(palette.bad(loss.getValue() + " " + LearnReport.lossMeaning(loss.getKey())));
            text.append('\n');
        }
        if (!report.refused().isEmpty()) {
            text.append("  these were not started; what they and their children do is missing. --backend trace can: ")
                    .append(String.join(", ", quoted(List.copyOf(report.refused()))))
                    .append('\n');
        }
        for (Map.Entry<String, Long> note : report.notes().entrySet()) {
            text.append("  note: ").append(note.getValue()).append(' ').append(LearnReport.noteMeaning(note.getKey()));
            text.append('\n');
        }
        if (!report.inferred().isEmpty()) {
            text.append("  inferred, because the backend ack cannot see them being made: ")
                    .append(String.join(", ", report.inferred()))
                    .append('\n');
        }
    }

    private void notSeen(StringBuilder text, Palette palette) {
        heading(text, palette, "not seen");
        text.append(
                "  what this run did not do: other inputs, error paths, time limits, other versions of libraries\n");
        List<String> vdso = report.vdsoNotSeen();
        if (!vdso.isEmpty()) {
            text.append("  calls that stayed in the vDSO here and may not elsewhere: ")
                    .append(String.join(", ", vdso))
                    .append('\n');
        }
        if (report.names().contains("io_uring_setup")) {
            text.append("  what was done through io_uring: no system call filter sees it\n");
        }
    }

    private void next(StringBuilder text, Palette palette) {
        heading(text, palette, "next");
        String command = String.join(" ", quoted(run.header().command()));
        if (report.losses().containsKey(Loss.IMAGE_REFUSED.key())) {
            text.append("  acktrace learn --backend trace -- ").append(command).append('\n');
            return;
        }
        if (!policy.isEmpty() && !policy.equals("-")) {
            text.append("  acktrace run --policy ")
                    .append(quote(policy))
                    .append(" -- ")
                    .append(command);
        } else if (!recording.isEmpty()) {
            text.append("  acktrace policy ").append(quote(recording)).append(" -o policy.json");
        } else {
            text.append("  acktrace learn -o policy.json -- ").append(command);
        }
        text.append('\n');
    }

    private static List<String> quoted(List<String> words) {
        List<String> quoted = new ArrayList<>();
        for (String word : words) {
            quoted.add(quote(word));
        }
        return quoted;
    }

    /** A word as a shell takes it. */
    static String quote(String word) {
        boolean plain = !word.isEmpty();
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            plain &= Character.isLetterOrDigit(c) || "_-./:=,+@%".indexOf(c) >= 0;
        }
        return plain ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static void heading(StringBuilder text, Palette palette, String heading) {
        text.append(palette.heading(heading)).append('\n');
    }

    private String kind() {
        if (outcome instanceof Outcome.Exited) {
            return "exited";
        }
        return outcome instanceof Outcome.Signaled ? "signaled" : "unknown";
    }

    private int number() {
        if (outcome instanceof Outcome.Exited exited) {
            return exited.code();
        }
        return outcome instanceof Outcome.Signaled signaled ? signaled.signal() : 0;
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "learn");
        json.writeNumberField("schema", 1);
        Json.strings(json, "command", run.header().command());
        json.writeObjectFieldStart("outcome");
        json.writeStringField("kind", kind());
        json.writeNumberField("number", number());
        json.writeEndObject();
        json.writeStringField("backend", run.header().backend());
        json.writeStringField("run", run.header().id());
        json.writeStringField("policy", policy);
        json.writeStringField("recording", recording);
        json.writeArrayFieldStart("calls");
        for (CallLine line : report.calls()) {
            call(json, line);
        }
        json.writeEndArray();
        Json.numbers(json, "images", report.images());
        Json.strings(json, "new", report.newCalls());
        json.writeObjectFieldStart("docker_default");
        json.writeNumberField("names", report.dockerSize());
        Json.strings(json, "not_allowed_there", report.notInDocker());
        json.writeEndObject();
        Json.numbers(json, "losses", report.losses());
        Json.numbers(json, "notes", report.notes());
        Json.strings(json, "inferred", report.inferred());
        Json.strings(json, "vdso_not_seen", report.vdsoNotSeen());
        json.writeEndObject();
    }

    static void call(JsonGenerator json, CallLine line) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", line.name());
        json.writeStringField("abi", line.call().abi().label());
        json.writeNumberField("number", line.call().number());
        json.writeNumberField("count", line.count());
        json.writeStringField("category", line.category());
        Json.strings(json, "images", line.images());
        Optional<Risk> risk = CallFactsheet.risk(line.name());
        if (risk.isPresent()) {
            json.writeNumberField("severity", risk.get().severity());
            json.writeStringField("risk", risk.get().reason());
        }
        json.writeEndObject();
    }
}
