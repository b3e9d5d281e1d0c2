package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.format.FilterReader.Explained;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What filters answer, as rules: each for itself, and all of a thread together. */
public final class ExplainText implements Json.TextAndDocument {
    private final List<Filter> filters;
    private final Optional<Explained> together;

    /**
     * One filter.
     *
     * @param name where it is from
     * @param instructions its length
     * @param explained what it answers
     */
    public record Filter(String name, int instructions, Explained explained) {}

    /**
     * Filters.
     *
     * @param filters in the order in which they were installed
     * @param together what all of them answer together; empty if there is only one
     */
    public ExplainText(List<Filter> filters, Optional<Explained> together) {
        this.filters = List.copyOf(filters);
        this.together = together;
    }

    @Override
    public String text(Palette palette) {
        List<String> parts = new ArrayList<>();
        for (Filter filter : filters) {
            parts.add(palette.heading(filter.name()) + ": " + filter.instructions()
                    + (filter.instructions() == 1 ? " instruction\n" : " instructions\n")
                    + rules(filter.explained(), palette));
        }
        together.ifPresent(all -> parts.add(palette.heading("all of them together") + "\n" + rules(all, palette)));
        return String.join("\n", parts);
    }

    private static String rules(Explained explained, Palette palette) {
        StringBuilder text = new StringBuilder(new PolicyText(explained.policy()).text(palette));
        if (!explained.checksArchitecture()) {
            text.append(palette.bad("does not check the architecture"))
                    .append(": a number means another call on another ABI\n");
        }
        explained.rest().forEach(line -> text.append("note: ").append(line).append('\n'));
        return text.toString();
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "explain");
        json.writeNumberField("schema", 1);
        json.writeArrayFieldStart("filters");
        for (Filter filter : filters) {
            json.writeStartObject();
            json.writeStringField("filter", filter.name());
            json.writeNumberField("instructions", filter.instructions());
            explained(json, filter.explained());
            json.writeEndObject();
        }
        json.writeEndArray();
        if (together.isPresent()) {
            json.writeObjectFieldStart("together");
            explained(json, together.get());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void explained(JsonGenerator json, Explained explained) throws IOException {
        json.writeBooleanField("checksArchitecture", explained.checksArchitecture());
        json.writeStringField("otherArchitectures", explained.plan().badArch().toString());
        Json.strings(json, "notes", explained.rest());
        json.writeFieldName("policy");
        new PolicyText(explained.policy()).writeTo(json);
    }
}
