package dev.acktrace.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads text by lines, within bounds. */
final class TextLines {
    /** The longest text that is read, in bytes. */
    static final int MAX_BYTES = 64 << 20;

    private TextLines() {}

    /** The lines of a text; what is no UTF-8 is an error. */
    static List<String> strict(byte[] bytes, String source) throws FormatException {
        check(bytes, source);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return lines(text);
        } catch (CharacterCodingException e) {
            throw new FormatException(source, 0, 0, "this is not text", "Give a file in UTF-8.");
        }
    }

    /** The lines of a log, in which bytes may be anything. */
    static List<String> lenient(byte[] bytes, String source) throws FormatException {
        check(bytes, source);
        return lines(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private static void check(byte[] bytes, String source) throws FormatException {
        if (bytes.length > MAX_BYTES) {
            throw new FormatException(
                    source, 0, 0, "the file has " + bytes.length + " bytes", "At most " + MAX_BYTES + " are read.");
        }
    }

    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = text.indexOf('\n', from);
            to = to < 0 ? text.length() : to;
            lines.add(text.substring(from, to));
            from = to + 1;
        }
        return lines;
    }
}
