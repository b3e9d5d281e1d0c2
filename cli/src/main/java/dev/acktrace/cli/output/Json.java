package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** JSON documents as {@code --json} prints them: indented by two blanks, lines ended by a line feed. */
public final class Json {
    private Json() {}

    /** What writes one document. */
    public interface Document {
        /** Writes exactly one value to the generator. */
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** What can be printed for people too. */
    public interface TextAndDocument extends Document {
        /** The same for people, as lines. */
        String text(Palette palette);
    }

    /** Writes a field with a list of texts. */
    public static void strings(JsonGenerator json, String name, Iterable<String> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    /** Writes a field with an object of numbers. */
    public static void numbers(JsonGenerator json, String name, Map<String, ? extends Number> values)
            throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, ? extends Number> value : values.entrySet()) {
            json.writeNumberField(value.getKey(), value.getValue().longValue());
        }
        json.writeEndObject();
    }

    /** Writes one document and a newline to standard output; a failure is kept by the console. */
    public static void print(Console console, Document document) {
        OutputStream stream = console.outStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(stream)) {
            json.setPrettyPrinter(printer());
            document.writeTo(json);
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DefaultPrettyPrinter printer() {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        printer.indentArraysWith(indenter);
        printer.indentObjectsWith(indenter);
        return printer;
    }
}
