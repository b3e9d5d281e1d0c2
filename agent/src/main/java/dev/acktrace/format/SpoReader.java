package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Reads a {@code SeccompProfile} of the Kubernetes Security Profiles Operator: the part below {@code spec} is an OCI
 * policy in YAML. Aliases are not followed, and nesting is bounded.
 */
final class SpoReader {
    private static final int DEEP = 16;
    private static final int MAX_BYTES = 2 << 20;
    private static final List<String> NOT_SECCOMP = List.of("state", "baseProfileName");

    private final YAMLParser yaml;
    private final String source;

    private SpoReader(YAMLParser yaml, String source) {
        this.yaml = yaml;
        this.source = source;
    }

    static Imported read(byte[] bytes, String source, OciOptions options) throws FormatException {
        if (bytes.length > MAX_BYTES) {
            throw new FormatException(
                    source,
                    0,
                    0,
                    "the file has " + bytes.length + " bytes",
                    "A profile has at most " + MAX_BYTES + ".");
        }
        try (YAMLParser yaml = new YAMLFactory().createParser(new String(bytes, StandardCharsets.UTF_8))) {
            byte[] json = new SpoReader(yaml, source).spec();
            Imported read = OciReader.read(json, source, options);
            return new Imported(
                    read.policy(), read.warnings(), read.named(), Imported.Source.of(Imported.Kind.SECCOMP_PROFILE));
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : Math.max(1, e.getLocation().getLineNr());
            int column =
                    e.getLocation() == null ? 0 : Math.max(1, e.getLocation().getColumnNr());
            String why = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
            throw new FormatException(source, line, column, "this is not YAML: " + why, "Correct the text here.");
        } catch (IOException e) {
            throw new FormatException(source, 0, 0, String.valueOf(e.getMessage()), "Give the file as UTF-8 text.");
        }
    }

    /** The part below {@code spec}, as JSON. */
    private byte[] spec() throws IOException, FormatException {
        if (next() != JsonToken.START_OBJECT) {
            throw fail("this is not a mapping", "Begin with apiVersion, kind, metadata and spec.");
        }
        Optional<byte[]> spec = Optional.empty();
        boolean profile = false;
        while (next() != JsonToken.END_OBJECT) {
            String field = String.valueOf(yaml.currentName());
            JsonToken value = next();
            switch (field) {
                case "kind" -> profile = "SeccompProfile".equals(yaml.getText());
                case "spec" -> {
                    if (value != JsonToken.START_OBJECT) {
                        throw fail("spec is not a mapping", "Give defaultAction and syscalls below it.");
                    }
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
                        copySpec(json);
                    }
                    spec = Optional.of(out.toByteArray());
                }
                default -> skip(value);
            }
        }
        if (!profile) {
            throw fail("the kind is not SeccompProfile", "Give a profile of the Security Profiles Operator.");
        }
        return spec.orElseThrow(() -> fail("there is no spec", "Give defaultAction and syscalls below spec."));
    }

    private void copySpec(JsonGenerator json) throws IOException, FormatException {
        json.writeStartObject();
        while (next() != JsonToken.END_OBJECT) {
            String field = String.valueOf(yaml.currentName());
            JsonToken value = next();
            if (field.equals("baseProfileName")) {
                throw fail(
                        "the profile builds on another one, " + yaml.getText() + ", which is not here",
                        "Put the calls of the other profile into this one.");
            }
            if (NOT_SECCOMP.contains(field)) {
                skip(value);
            } else {
                json.writeFieldName(field);
                copy(json, value, 0);
            }
        }
        json.writeEndObject();
    }

    private void copy(JsonGenerator json, JsonToken value, int depth) throws IOException, FormatException {
        if (depth > DEEP) {
            throw fail("it is nested too deep", "A profile has few levels.");
        }
        switch (value) {
            case START_OBJECT -> {
                json.writeStartObject();
                while (next() != JsonToken.END_OBJECT) {
                    json.writeFieldName(String.valueOf(yaml.currentName()));
                    copy(json, next(), depth + 1);
                }
                json.writeEndObject();
            }
            case START_ARRAY -> {
                json.writeStartArray();
                for (JsonToken element = next(); element != JsonToken.END_ARRAY; element = next()) {
                    copy(json, element, depth + 1);
                }
                json.writeEndArray();
            }
            case VALUE_STRING -> {
                if (yaml.isCurrentAlias()) {
                    throw fail("aliases are not followed", "Write the value itself.");
                }
                json.writeString(yaml.getText());
            }
            case VALUE_NUMBER_INT -> json.writeNumber(yaml.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> json.writeString(yaml.getText());
            case VALUE_TRUE, VALUE_FALSE -> json.writeBoolean(value == JsonToken.VALUE_TRUE);
            default -> json.writeNull();
        }
    }

    private void skip(JsonToken value) throws IOException, FormatException {
        int depth = 0;
        JsonToken token = value;
        while (true) {
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (depth <= 0) {
                return;
            }
            token = next();
        }
    }

    private JsonToken next() throws IOException, FormatException {
        JsonToken token;
        try {
            token = yaml.nextToken();
        } catch (IllegalArgumentException | IllegalStateException | ArithmeticException e) {
            throw fail("this is not YAML: " + e.getMessage(), "Correct the text here.");
        }
        if (token == null) {
            throw fail("the text ends too early", "Check that the whole file is there.");
        }
        return token;
    }

    private FormatException fail(String problem, String remedy) {
        int line = Math.max(1, yaml.currentLocation().getLineNr());
        int column = Math.max(1, yaml.currentLocation().getColumnNr());
        return new FormatException(source, line, column, problem, remedy);
    }
}
