package dev.acktrace.it;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A JSON value as maps, lists, strings, numbers and booleans; a JSON null is an absent member. */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Object value;

    private Json(Object value) {
        this.value = value;
    }

    /** Reads one document; throws {@link IllegalArgumentException} with the place if it is none. */
    static Json parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            Json result = new Json(read(parser));
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON document");
            }
            return result;
        } catch (JacksonException failed) {
            throw new IllegalArgumentException(failed);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Object read(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IllegalArgumentException("no JSON document");
        }
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_NUMBER_INT -> parser.getBigIntegerValue().longValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> parser.getText();
        };
    }

    private static Object object(JsonParser parser) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NULL) {
                members.put(name, read(parser));
            }
        }
        return members;
    }

    private static Object array(JsonParser parser) throws IOException {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(read(parser));
        }
        return elements;
    }

    /** The member of that name, empty if this is no object or has none. */
    Optional<Json> get(String name) {
        return value instanceof Map<?, ?> members
                ? Optional.ofNullable(members.get(name)).map(Json::new)
                : Optional.empty();
    }

    /** The member of that name, which must be there. */
    Json need(String name) {
        return get(name).orElseThrow(() -> new IllegalArgumentException("no member \"" + name + "\" in " + value));
    }

    /** The names of the members, in the order of the document. */
    List<String> names() {
        return value instanceof Map<?, ?> members
                ? members.keySet().stream().map(String::valueOf).toList()
                : List.of();
    }

    /** The elements of an array; a single value counts as an array of one. */
    List<Json> elements() {
        return value instanceof List<?> list
                ? list.stream().map(element -> new Json((Object) element)).toList()
                : List.of(this);
    }

    List<String> texts() {
        return elements().stream().map(Json::text).toList();
    }

    /** The elements of the member of that name, none if it is not there. */
    List<String> texts(String name) {
        return get(name).map(Json::texts).orElse(List.of());
    }

    String text() {
        return String.valueOf(value);
    }

    long number() {
        if (value instanceof Long number) {
            return number;
        }
        throw new IllegalArgumentException("not a whole number: " + value);
    }

    @Override
    public String toString() {
        return text();
    }
}
