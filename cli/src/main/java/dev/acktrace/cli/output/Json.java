package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.OutputStream;

/** JSON documents as {@code --json} prints them: indented by two blanks, lines ended by a line feed. */
public final class Json {
    private Json() {}

    /** What writes one document. */
    public interface Document {
        /** Writes exactly one value to the generator. */
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** Writes one document and a newline to standard output; a failure is kept by the console. */
    public static void print(Console console, Document document) {
        OutputStream stream = console.outStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(stream)) {
            json.setPrettyPrinter(printer());
            document.writeTo(json);
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static DefaultPrettyPrinter printer() {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(indenter);
        printer.indentObjectsWith(indenter);
        return printer;
    }
}
