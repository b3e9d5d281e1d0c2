package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads JSON token by token, and knows the place of each for error messages. Values that are null count as absent. */
final class JsonCursor implements AutoCloseable {
    /** The longest text that is read, in bytes. */
    static final int MAX_BYTES = 16 << 20;

    private static final BigInteger MAX_UINT64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final JsonParser parser;
    private final String source;

    /** What to do with one member of an object. */
    interface Member {
        void read(String name) throws FormatException;
    }

    /** What to do with one element of an array. */
    interface Element {
        void read() throws FormatException;
    }

    JsonCursor(byte[] text, String source) throws FormatException {
        this.source = source;
        if (text.length > MAX_BYTES) {
            throw new FormatException(
                    source, 0, 0, "the file has " + text.length + " bytes", "A policy has at most " + MAX_BYTES + ".");
        }
        if (text.length > 2 && text[0] == (byte) 0xEF && text[1] == (byte) 0xBB && text[2] == (byte) 0xBF) {
            throw new FormatException(
                    source,
                    1,
                    1,
                    "the file begins with a byte order mark, and no runtime takes that",
                    "Save it as UTF-8 without one.");
        }
        try {
            this.parser = FACTORY.createParser(new String(text, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        next();
    }

    /** Moves to the next token. */
    void next() throws FormatException {
        try {
            parser.nextToken();
            parser.finishToken();
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
            throw new FormatException(
                    source,
                    at.getLineNr(),
                    at.getColumnNr(),
                    "this is not JSON: " + why(e),
                    "Correct the text at this place.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The parser's first line without what it says of its own source: the place stands before it. */
    private static String why(JsonProcessingException e) {
        String line = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
        int aside = line.indexOf(line.contains(" (start marker at") ? " (start marker at" : " (not recognized");
        return aside < 0 ? line : line.substring(0, aside);
    }

    private JsonToken token() throws FormatException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw fail("the text ends too early", "Check that the whole file is there.");
        }
        return token;
    }

    /** An error at the current token. */
    FormatException fail(String problem, String remedy) {
        JsonLocation at = parser.currentTokenLocation();
        return new FormatException(source, Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()), problem, remedy);
    }

    /** A warning at the current token. */
    Warning warning(String message) {
        JsonLocation at = parser.currentTokenLocation();
        return new Warning(source, at.getLineNr(), at.getColumnNr(), message);
    }

    /** The current place, for a later {@link #failAt}. */
    JsonLocation place() {
        return parser.currentTokenLocation();
    }

    FormatException failAt(JsonLocation at, String problem, String remedy) {
        return new FormatException(source, at.getLineNr(), at.getColumnNr(), problem, remedy);
    }

    Warning warningAt(JsonLocation at, String message) {
        return warningAt(at, Warning.Kind.OTHER, message);
    }

    Warning warningAt(JsonLocation at, Warning.Kind kind, String message) {
        return new Warning(kind, source, at.getLineNr(), at.getColumnNr(), message);
    }

    /** Reads an object; leaves the cursor on its last token. Members that are null are passed over. */
    void object(String what, Member member) throws FormatException {
        expect(JsonToken.START_OBJECT, what + " must be an object");
        Set<String> seen = new HashSet<>();
        for (next(); token() != JsonToken.END_OBJECT; next()) {
            String name = text();
            if (!seen.add(name)) {
                throw fail(
                        "\"" + name + "\" is given twice in " + what + ", and readers differ in which one counts",
                        "Keep one of them.");
            }
            next();
            if (token() != JsonToken.VALUE_NULL) {
                member.read(name);
            }
        }
    }

    /** Reads an array; leaves the cursor on its last token. */
    void array(String what, Element element) throws FormatException {
        expect(JsonToken.START_ARRAY, what + " must be an array");
        for (next(); token() != JsonToken.END_ARRAY; next()) {
            element.read();
        }
    }

    List<String> strings(String what) throws FormatException {
        List<String> strings = new ArrayList<>();
        array(what, () -> strings.add(string(what)));
        return strings;
    }

    String string(String what) throws FormatException {
        expect(JsonToken.VALUE_STRING, what + " must be a string");
        return text();
    }

    /** An unsigned integer of 64 bits. */
    long uint64(String what) throws FormatException {
        expect(JsonToken.VALUE_NUMBER_INT, what + " must be a whole number");
        try {
            BigInteger value = parser.getBigIntegerValue();
            if (value.signum() < 0 || value.compareTo(MAX_UINT64) > 0) {
                throw fail(
                        what + " is " + value + ", but it is an unsigned number of 64 bits",
                        "Write a negative 32-bit value as 4294967296 minus its amount: -1 is 4294967295.");
            }
            return value.longValue();
        } catch (IOException e) {
            throw fail(what + " is not a number that can be read", "Write it in decimal digits.");
        }
    }

    /** A whole number in bounds. */
    int bounded(String what, int least, int most) throws FormatException {
        expect(JsonToken.VALUE_NUMBER_INT, what + " must be a whole number");
        try {
            BigInteger value = parser.getBigIntegerValue();
            if (value.compareTo(BigInteger.valueOf(least)) < 0 || value.compareTo(BigInteger.valueOf(most)) > 0) {
                throw fail(
                        what + " is " + value + ", outside " + least + " to " + most,
                        "Give a number from " + least + " to " + most + ".");
            }
            return value.intValue();
        } catch (IOException e) {
            throw fail(what + " is not a number that can be read", "Write it in decimal digits.");
        }
    }

    private String text() {
        try {
            return parser.getText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void expect(JsonToken token, String problem) throws FormatException {
        if (token() != token) {
            throw fail(problem + ", and this is " + describe(token()), "See the OCI runtime specification.");
        }
    }

    /** Passes over the value at the cursor; leaves the cursor on its last token. */
    void skip() throws FormatException {
        int depth = 0;
        for (JsonToken token = token(); ; token = token()) {
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (depth == 0) {
                return;
            }
            next();
        }
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction or exponent";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }

    /** Checks that nothing follows. */
    void end() throws FormatException {
        next();
        if (parser.currentToken() != null) {
            throw fail("there is more text behind the policy", "Keep one JSON object in a file.");
        }
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
