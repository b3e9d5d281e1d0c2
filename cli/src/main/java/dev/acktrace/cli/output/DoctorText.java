package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.report.Diagnosis.Finding;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Findings about the machine, one line each, and under it what to do. */
public final class DoctorText implements Json.TextAndDocument {
    private final List<Finding> findings;
    private final Map<String, String> facts;

    /** Findings and the facts that they rest on. */
    public DoctorText(List<Finding> findings, Map<String, String> facts) {
        this.findings = findings;
        this.facts = facts;
    }

    @Override
    public String text(Palette palette) {
        Table table = new Table("lll");
        StringBuilder remedies = new StringBuilder();
        for (Finding finding : findings) {
            table.row(mark(finding, palette), finding.subject(), finding.text());
            if (!finding.remedy().isEmpty()) {
                remedies.append("  ")
                        .append(finding.subject())
                        .append(": ")
                        .append(finding.remedy())
                        .append('\n');
            }
        }
        String advice = remedies.isEmpty() ? "" : palette.heading("what to do") + "\n" + remedies;
        return table.text("") + advice;
    }

    private static String mark(Finding finding, Palette palette) {
        return switch (finding.level()) {
            case GOOD -> palette.good("ok");
            case LIMITED -> palette.warning("limited");
            case BAD -> palette.bad("missing");
        };
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "doctor");
        json.writeNumberField("schema", 1);
        json.writeArrayFieldStart("findings");
        for (Finding finding : findings) {
            json.writeStartObject();
            json.writeStringField("level", finding.level().name().toLowerCase(Locale.ROOT));
            json.writeStringField("subject", finding.subject());
            json.writeStringField("text", finding.text());
            json.writeStringField("remedy", finding.remedy());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeObjectFieldStart("facts");
        for (Map.Entry<String, String> fact : facts.entrySet()) {
            json.writeStringField(fact.getKey(), fact.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }
}
