package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes the seccomp part of the OCI runtime specification: sorted, without anything that changes from one writing
 * of the same policy to the next, and within what Docker, Podman, runc, crun and Kubernetes all read.
 */
public final class OciWriter {
    private record Key(Action action, Condition condition) {
        static final Comparator<Key> ORDER = Comparator.comparing((Key key) -> !key.condition.always())
                .thenComparing(Key::action, Comparator.reverseOrder())
                .thenComparing(Key::condition);
    }

    private final Policy policy;
    private final List<Loss> losses = new ArrayList<>();

    private OciWriter(Policy policy) {
        this.policy = policy;
    }

    /** The policy as JSON, ending with a newline. */
    public static Exported write(Policy policy) {
        OciWriter writer = new OciWriter(policy);
        return new Exported(writer.text(), writer.losses);
    }

    private String text() {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                    Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
            printer.indentArraysWith(indenter);
            printer.indentObjectsWith(indenter);
            json.setPrettyPrinter(printer);
            policy(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out + "\n";
    }

    private void policy(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("defaultAction", policy.defaultAction().kind().ociName());
        errno(json, "defaultErrnoRet", policy.defaultAction());
        json.writeArrayFieldStart("architectures");
        for (Abi abi : policy.architectures()) {
            json.writeString(abi.ociName());
        }
        json.writeEndArray();
        flags(json);
        listener(json);
        json.writeArrayFieldStart("syscalls");
        for (Map.Entry<Key, Set<String>> entry : entries().entrySet()) {
            entry(json, entry.getKey(), entry.getValue());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void errno(JsonGenerator json, String field, Action action) throws IOException {
        if (action.kind() == Action.Kind.ERRNO || action.kind() == Action.Kind.TRACE) {
            json.writeNumberField(field, action.data());
        }
    }

    private void flags(JsonGenerator json) throws IOException {
        Optional<Set<FilterFlag>> flags = policy.flags();
        if (flags.isPresent()) {
            json.writeArrayFieldStart("flags");
            for (FilterFlag flag : new TreeSet<>(flags.get())) {
                json.writeString(flag.ociName());
            }
            json.writeEndArray();
        }
    }

    private void listener(JsonGenerator json) throws IOException {
        if (policy.listener().isPresent()) {
            json.writeStringField("listenerPath", policy.listener().get().path());
            if (!policy.listener().get().metadata().isEmpty()) {
                json.writeStringField(
                        "listenerMetadata", policy.listener().get().metadata());
            }
        }
    }

    private Map<Key, Set<String>> entries() {
        Map<Key, Set<String>> entries = new TreeMap<>(Key.ORDER);
        for (Rule rule : policy.rules()) {
            if (expressible(rule)) {
                Optional<List<Condition>> alternatives = OciConditions.alternatives(rule.condition());
                if (alternatives.isEmpty()) {
                    lose(
                            rule,
                            "its condition takes more than " + OciConditions.MAX_ALTERNATIVES
                                    + " masked comparisons; the rule is left out");
                }
                for (Condition condition : alternatives.orElse(List.of())) {
                    entries.computeIfAbsent(new Key(rule.action(), condition), k -> new TreeSet<>())
                            .add(rule.call());
                }
            }
        }
        return entries;
    }

    private boolean expressible(Rule rule) {
        if (!SyscallTable.known(rule.call())) {
            lose(rule, "OCI has names only, and this number has none; the rule is left out");
            return false;
        }
        if (rule.action().kind() == Action.Kind.TRAP && rule.action().data() != 0) {
            losses.add(new Loss(false, rule + ": OCI has no data for SCMP_ACT_TRAP; 0 is written"));
        }
        if (!rule.abis().isEmpty() && policy.architectures().stream().anyMatch(abi -> added(rule, abi))) {
            boolean allows = rule.action().compareTo(policy.defaultAction()) > 0;
            boolean alone = policy.rules().stream()
                    .noneMatch(other ->
                            other.call().equals(rule.call()) && !other.abis().equals(rule.abis()));
            losses.add(
                    new Loss(allows || !alone, rule + ": OCI has no rules for one ABI; it is written for all of them"));
        }
        return true;
    }

    private static boolean added(Rule rule, Abi abi) {
        return !rule.abis().contains(abi)
                && SyscallTable.of(abi).number(rule.call()).isPresent();
    }

    private void lose(Rule rule, String why) {
        boolean denies = rule.action().compareTo(policy.defaultAction()) < 0;
        losses.add(new Loss(denies, rule + ": " + why));
    }

    private static void entry(JsonGenerator json, Key key, Set<String> names) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("names");
        for (String name : names) {
            json.writeString(name);
        }
        json.writeEndArray();
        json.writeStringField("action", key.action().kind().ociName());
        errno(json, "errnoRet", key.action());
        if (!key.condition().always()) {
            json.writeArrayFieldStart("args");
            for (Comparison comparison : key.condition().comparisons()) {
                argument(json, comparison);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void argument(JsonGenerator json, Comparison comparison) throws IOException {
        boolean masked = comparison.operator() == Operator.MASKED_EQ;
        json.writeStartObject();
        json.writeNumberField("index", comparison.index());
        json.writeFieldName("value");
        unsigned(json, masked ? comparison.mask() : comparison.value());
        if (masked) {
            json.writeFieldName("valueTwo");
            unsigned(json, comparison.value());
        }
        json.writeStringField("op", comparison.operator().ociName());
        json.writeEndObject();
    }

    private static void unsigned(JsonGenerator json, long value) throws IOException {
        if (value >= 0) {
            json.writeNumber(value);
        } else {
            json.writeNumber(new BigInteger(Long.toUnsignedString(value)));
        }
    }
}
