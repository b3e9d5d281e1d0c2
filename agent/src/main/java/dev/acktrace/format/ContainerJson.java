package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes the shapes that Docker (moby/profiles) and Podman (containers/common) give the OCI policy. */
final class ContainerJson {
    /** Rows of Docker's {@code archMap} for the ABIs that have a table: the first is native to a machine. */
    private static final List<List<Abi>> MACHINES =
            List.of(List.of(Abi.X86_64, Abi.X86, Abi.X32), List.of(Abi.AARCH64, Abi.ARM), List.of(Abi.X86_64, Abi.X86));

    private ContainerJson() {}

    /** Docker's: architectures as {@code archMap} where they are one machine's. */
    static Document docker(Policy policy) {
        Exported oci = OciWriter.write(policy);
        return new Document(bytes(copy(oci.text(), machine(policy), false)), oci.losses());
    }

    /** Podman's: each errno as a number and by name. */
    static Document podman(Policy policy) {
        Exported oci = OciWriter.write(policy);
        return new Document(bytes(copy(oci.text(), Optional.empty(), true)), oci.losses());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Optional<List<Abi>> machine(Policy policy) {
        Set<Abi> covered = EnumSet.copyOf(policy.architectures());
        return MACHINES.stream()
                .filter(machine -> EnumSet.copyOf(machine).equals(covered))
                .findFirst();
    }

    private static String copy(String oci, Optional<List<Abi>> machine, boolean names) {
        StringWriter out = new StringWriter();
        JsonFactory factory = new JsonFactory();
        try (JsonParser from = factory.createParser(oci);
                JsonGenerator to = factory.createGenerator(out)) {
            to.setPrettyPrinter(printer());
            while (from.nextToken() != null) {
                if (machine.isPresent()
                        && from.currentToken() == JsonToken.FIELD_NAME
                        && from.currentName().equals("architectures")) {
                    from.nextToken();
                    from.skipChildren();
                    archMap(to, machine.get());
                } else {
                    to.copyCurrentEvent(from);
                    if (names && from.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                        name(from, to);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out + "\n";
    }

    static DefaultPrettyPrinter printer() {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        printer.indentArraysWith(indenter);
        printer.indentObjectsWith(indenter);
        return printer;
    }

    private static void archMap(JsonGenerator to, List<Abi> machine) throws IOException {
        to.writeArrayFieldStart("archMap");
        to.writeStartObject();
        to.writeStringField("architecture", machine.get(0).ociName());
        to.writeArrayFieldStart("subArchitectures");
        for (Abi abi : machine.subList(1, machine.size())) {
            to.writeString(abi.ociName());
        }
        to.writeEndArray();
        to.writeEndObject();
        to.writeEndArray();
    }

    private static void name(JsonParser from, JsonGenerator to) throws IOException {
        String field = from.currentName();
        if (field == null || !field.endsWith("rrnoRet")) {
            return;
        }
        int number = from.getIntValue();
        to.writeStringField(
                field.substring(0, field.length() - "Ret".length()),
                Errno.name(number).orElse(String.valueOf(number)));
    }
}
