package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.lint.Finding;
import dev.acktrace.lint.Finding.Severity;
import dev.acktrace.policy.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What {@code lint} found in policies. */
public final class LintText implements Json.TextAndDocument {
    private final List<File> files;

    /**
     * One policy.
     *
     * @param name its file
     * @param findings what there is to say; about what was written, if something was
     * @param written where the mended policy is; empty if there is none
     * @param narrowed comparisons that were cut to 32 bits
     * @param dropped rules that were taken out
     */
    public record File(String name, List<Finding> findings, String written, int narrowed, List<Rule> dropped) {
        public File {
            findings = List.copyOf(findings);
            dropped = List.copyOf(dropped);
        }

        /** A policy that was only looked at. */
        public static File of(String name, List<Finding> findings) {
            return new File(name, findings, "", 0, List.of());
        }
    }

    /** Findings of some policies. */
    public LintText(List<File> files) {
        this.files = List.copyOf(files);
    }

    @Override
    public String text(Palette palette) {
        StringBuilder text = new StringBuilder();
        for (File file : files) {
            if (!file.written().isEmpty()) {
                text.append(printable(file.name()))
                        .append(": mended: ")
                        .append(file.narrowed())
                        .append(file.narrowed() == 1 ? " comparison" : " comparisons")
                        .append(" narrowed, ")
                        .append(file.dropped().size())
                        .append(file.dropped().size() == 1 ? " rule" : " rules")
                        .append(" taken out; proven to mean the same otherwise\n");
            }
            for (Finding finding : file.findings()) {
                finding(text, file.written().isEmpty() ? file.name() : file.written(), finding, palette);
            }
            text.append(total(file));
        }
        return text.toString();
    }

    private static void finding(StringBuilder text, String name, Finding finding, Palette palette) {
        text.append(printable(name));
        if (finding.line() > 0) {
            text.append(':').append(finding.line());
        }
        text.append(": ")
                .append(severity(finding.severity(), palette))
                .append(' ')
                .append(finding.code());
        if (!finding.call().isEmpty()) {
            text.append(' ').append(printable(finding.call()));
        }
        text.append(": ").append(printable(finding.reason())).append('\n');
        text.append("    ").append(printable(finding.remedy())).append('\n');
    }

    private static String severity(Severity severity, Palette palette) {
        String word = word(severity);
        return switch (severity) {
            case HIGH -> palette.bad(word);
            case MEDIUM -> palette.warning(word);
            case LOW, INFO -> palette.faint(word);
        };
    }

    private static String word(Severity severity) {
        return severity.name().toLowerCase(Locale.ROOT);
    }

    private static String total(File file) {
        if (file.findings().isEmpty()) {
            return printable(file.name()) + ": nothing to say\n";
        }
        Map<Severity, Integer> counts = new TreeMap<>();
        file.findings().forEach(finding -> counts.merge(finding.severity(), 1, Integer::sum));
        List<String> parts = new ArrayList<>();
        counts.forEach((severity, count) -> parts.add(count + " " + word(severity)));
        return printable(file.name()) + ": " + String.join(", ", parts) + "\n";
    }

    /** Names in a file are the file's: nothing of them may steer a terminal. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "lint");
        json.writeNumberField("schema", 1);
        json.writeArrayFieldStart("policies");
        for (File file : files) {
            json.writeStartObject();
            json.writeStringField("policy", file.name());
            if (!file.written().isEmpty()) {
                json.writeStringField("written", file.written());
                json.writeNumberField("narrowed", file.narrowed());
                Json.strings(
                        json,
                        "dropped",
                        file.dropped().stream().map(Rule::toString).toList());
            }
            json.writeArrayFieldStart("findings");
            for (Finding finding : file.findings()) {
                finding(json, finding);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void finding(JsonGenerator json, Finding finding) throws IOException {
        json.writeStartObject();
        json.writeStringField("severity", word(finding.severity()));
        json.writeStringField("code", finding.code());
        if (!finding.call().isEmpty()) {
            json.writeStringField("call", finding.call());
        }
        if (finding.line() > 0) {
            json.writeNumberField("line", finding.line());
        }
        json.writeStringField("reason", finding.reason());
        json.writeStringField("remedy", finding.remedy());
        json.writeEndObject();
    }
}
