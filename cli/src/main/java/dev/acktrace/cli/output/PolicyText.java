package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.format.ConditionText;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.report.CallFactsheet;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.syscall.ValueNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A policy: default, architectures, names by action and category, rules with conditions. */
public final class PolicyText implements Json.TextAndDocument {
    private final Policy policy;

    /** A policy to show. */
    public PolicyText(Policy policy) {
        this.policy = policy;
    }

    @Override
    public String text(Palette palette) {
        StringBuilder text = new StringBuilder();
        text.append(palette.heading("default"))
                .append("        ")
                .append(policy.defaultAction())
                .append('\n');
        text.append(palette.heading("architectures")).append("  ").append(String.join(", ", architectures()));
        text.append('\n');
        for (Map.Entry<String, List<String>> action : plain().entrySet()) {
            text.append(palette.heading(action.getKey()))
                    .append(" (")
                    .append(action.getValue().size());
            text.append(action.getValue().size() == 1 ? " name)\n" : " names)\n");
            byCategory(text, action.getValue());
        }
        Table table = new Table("lll");
        for (Rule rule : policy.rules()) {
            if (!isPlain(rule)) {
                table.row(rule.call() + abis(rule), rule.action().toString(), condition(rule));
            }
        }
        if (!table.isEmpty()) {
            text.append(palette.heading("by arguments or architecture"))
                    .append('\n')
                    .append(table.text("  "));
        }
        return text.toString();
    }

    private static void byCategory(StringBuilder text, List<String> names) {
        SortedMap<String, List<String>> categories = new TreeMap<>();
        for (String name : names) {
            categories
                    .computeIfAbsent(CallFactsheet.category(name), key -> new ArrayList<>())
                    .add(name);
        }
        for (Map.Entry<String, List<String>> category : categories.entrySet()) {
            LearnSummary.wrapped(text, category.getKey(), category.getValue());
        }
    }

    private String condition(Rule rule) {
        if (rule.condition().always()) {
            return "always";
        }
        Abi abi = rule.abis().isEmpty() ? home() : rule.abis().get(0);
        Syscall call = new Syscall(abi, SyscallTable.of(abi).parse(rule.call()).orElse(0));
        return ConditionText.of(
                abi, rule.call(), rule.condition(), (argument, value) -> ValueNames.of(call, argument, value));
    }

    private Abi home() {
        return policy.architectures().get(0);
    }

    private static boolean isPlain(Rule rule) {
        return rule.condition().always() && rule.abis().isEmpty();
    }

    private SortedMap<String, List<String>> plain() {
        SortedMap<String, List<String>> byAction = new TreeMap<>();
        for (Rule rule : policy.rules()) {
            if (isPlain(rule)) {
                byAction.computeIfAbsent(rule.action().toString(), key -> new ArrayList<>())
                        .add(rule.call());
            }
        }
        return byAction;
    }

    private static String abis(Rule rule) {
        return rule.abis().isEmpty()
                ? ""
                : rule.abis().stream().map(Abi::label).toList().toString();
    }

    private List<String> architectures() {
        List<String> names = new ArrayList<>();
        for (Abi abi : policy.architectures()) {
            names.add(abi.ociName());
        }
        return names;
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "policy");
        json.writeNumberField("schema", 1);
        json.writeStringField("default", policy.defaultAction().toString());
        Json.strings(json, "architectures", architectures());
        if (policy.flags().isPresent()) {
            json.writeArrayFieldStart("flags");
            for (FilterFlag flag : policy.flags().get()) {
                json.writeString(flag.ociName());
            }
            json.writeEndArray();
        }
        json.writeArrayFieldStart("rules");
        for (Rule rule : policy.rules()) {
            rule(json, rule);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void rule(JsonGenerator json, Rule rule) throws IOException {
        json.writeStartObject();
        json.writeStringField("call", rule.call());
        json.writeStringField("action", rule.action().toString());
        json.writeStringField("category", CallFactsheet.category(rule.call()));
        if (!rule.abis().isEmpty()) {
            json.writeArrayFieldStart("abis");
            for (Abi abi : rule.abis()) {
                json.writeString(abi.label());
            }
            json.writeEndArray();
        }
        json.writeArrayFieldStart("conditions");
        for (Comparison comparison : rule.condition().comparisons()) {
            json.writeString(comparison.toString());
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
