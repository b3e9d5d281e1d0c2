package dev.acktrace.recording;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One line of a recording or a journal as fields, with checked access: a field of another type is an error, never a cast. */
public final class JsonLine {
    private static final int DEPTH = 8;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH)
                    .maxNumberLength(20)
                    .build())
            .build();

    private final Map<String, Object> fields;

    private JsonLine(Map<String, Object> fields) {
        this.fields = fields;
    }

    /**
     * Parses one object.
     *
     * @throws RecordingException if the bytes are not exactly one JSON object of at most 8 levels
     */
    public static JsonLine parse(byte[] bytes, int from, int length) throws RecordingException {
        try (JsonParser json = JSON.createParser(bytes, from, length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new RecordingException("no JSON object");
            }
            JsonLine line = new JsonLine(object(json));
            if (json.nextToken() != null) {
                throw new RecordingException("text behind the JSON object");
            }
            return line;
        } catch (IOException e) {
            throw new RecordingException("no JSON object");
        }
    }

    private static Map<String, Object> object(JsonParser json) throws IOException, RecordingException {
        Map<String, Object> map = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            map.put(name, value(json));
        }
        return map;
    }

    private static Object value(JsonParser json) throws IOException, RecordingException {
        JsonToken token = json.currentToken();
        if (token == null) {
            throw new RecordingException("the JSON object has no end");
        }
        return switch (token) {
            case START_OBJECT -> object(json);
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(json));
                }
                yield list;
            }
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default ->
                throw new RecordingException(
                        "a value that is no text, whole number, truth value, list or object: " + token);
        };
    }

    /**
     * The same line, for a kind of which these fields are never missing.
     *
     * @throws RecordingException if one is missing
     */
    public JsonLine with(List<String> names) throws RecordingException {
        for (String name : names) {
            if (!has(name)) {
                throw new RecordingException("field '" + name + "' is missing");
            }
        }
        return this;
    }

    /** A text; the empty text if the field is missing. */
    public String text(String name) throws RecordingException {
        return as(String.class, name, "");
    }

    /** A number; 0 if the field is missing. */
    public long number(String name) throws RecordingException {
        return as(Long.class, name, 0L);
    }

    /** A number that is not negative; 0 if the field is missing. */
    long count(String name) throws RecordingException {
        long value = number(name);
        if (value < 0) {
            throw new RecordingException("field '" + name + "' is " + value);
        }
        return value;
    }

    /** A number within bounds; 0 if the field is missing. */
    public int number(String name, long least, long most) throws RecordingException {
        long value = number(name);
        if (value < least || value > most) {
            throw new RecordingException("field '" + name + "' is " + value);
        }
        return (int) value; // numbers above 2^31 keep their bits
    }

    /** Whether a field is there. */
    boolean has(String name) {
        return fields.containsKey(name);
    }

    /** A truth value; false if the field is missing. */
    public boolean is(String name) throws RecordingException {
        return as(Boolean.class, name, Boolean.FALSE);
    }

    /** An inner object; one without fields if it is missing. */
    JsonLine inner(String name) throws RecordingException {
        return new JsonLine(asMap(as(Map.class, name, Map.of())));
    }

    /** The names of all fields, in order. */
    Iterable<String> names() {
        return fields.keySet();
    }

    /** A list of texts; empty if it is missing. */
    public List<String> texts(String name) throws RecordingException {
        List<String> texts = new ArrayList<>();
        for (Object item : as(List.class, name, List.of())) {
            if (!(item instanceof String text)) {
                throw new RecordingException("field '" + name + "' has an item that is no text");
            }
            texts.add(text);
        }
        return texts;
    }

    /** A list of objects; empty if it is missing. */
    public List<JsonLine> objects(String name) throws RecordingException {
        List<JsonLine> objects = new ArrayList<>();
        for (Object item : as(List.class, name, List.of())) {
            if (!(item instanceof Map<?, ?> map)) {
                throw new RecordingException("field '" + name + "' has an item that is no object");
            }
            objects.add(new JsonLine(asMap(map)));
        }
        return objects;
    }

    /** A list of lists of numbers, each of the given length; empty if it is missing. */
    List<long[]> rows(String name, int length) throws RecordingException {
        List<long[]> rows = new ArrayList<>();
        for (Object item : as(List.class, name, List.of())) {
            if (!(item instanceof List<?> list) || list.size() != length) {
                throw new RecordingException("field '" + name + "' has a row that is not " + length + " numbers");
            }
            long[] row = new long[length];
            for (int i = 0; i < length; i++) {
                if (!(list.get(i) instanceof Long number)) {
                    throw new RecordingException("field '" + name + "' has a row that is not " + length + " numbers");
                }
                row[i] = number;
            }
            rows.add(row);
        }
        return rows;
    }

    private <T> T as(Class<T> type, String name, T missing) throws RecordingException {
        Object value = fields.get(name);
        if (value == null) {
            return missing;
        }
        if (!type.isInstance(value)) {
            throw new RecordingException("field '" + name + "' is no " + type.getSimpleName());
        }
        return type.cast(value);
    }

    private static Map<String, Object> asMap(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            copy.put(String.valueOf(entry.getKey()), entry.getValue());
        }
        return copy;
    }
}
