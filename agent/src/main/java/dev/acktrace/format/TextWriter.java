package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes a policy for people who review it: by action, a call a line, arguments by name. Nothing reads it back. */
final class TextWriter {
    private final Policy policy;
    private final StringBuilder text = new StringBuilder();

    private TextWriter(Policy policy) {
        this.policy = policy;
    }

    static Document write(Policy policy) {
        TextWriter writer = new TextWriter(policy);
        writer.write();
        return Document.of(writer.text.toString(), new Losses());
    }

    private void write() {
        text.append("# Seccomp policy, written for review.\n");
        line("architectures", policy.architectures().stream().map(Abi::label).collect(Collectors.joining(" ")));
        line("default", describe(policy.defaultAction()));
        policy.flags()
                .ifPresent(flags -> line(
                        "flags",
                        flags.isEmpty()
                                ? "none"
                                : new TreeSet<>(flags)
                                        .stream().map(FilterFlag::ociName).collect(Collectors.joining(" "))));
        policy.listener().ifPresent(listener -> line("listener", listener.path()));
        Map<Action, Map<String, Set<String>>> plain = new TreeMap<>(java.util.Comparator.reverseOrder());
        Map<Action, Map<String, Set<String>>> tested = new TreeMap<>(java.util.Comparator.reverseOrder());
        for (Rule rule : policy.rules()) {
            boolean always = rule.condition().always();
            (always ? plain : tested)
                    .computeIfAbsent(rule.action(), a -> new TreeMap<>())
                    .computeIfAbsent(rule.call() + where(rule), c -> new TreeSet<>())
                    .add(always ? "" : condition(rule));
        }
        plain.forEach((action, calls) -> {
            heading(action, "whatever the arguments", calls.size());
            calls.keySet().forEach(call -> text.append("  ").append(call).append('\n'));
        });
        tested.forEach((action, calls) -> {
            heading(action, "for some arguments", calls.size());
            calls.forEach((call, conditions) -> conditions.forEach(condition -> text.append("  ")
                    .append(call)
                    .append(": ")
                    .append(condition)
                    .append('\n')));
        });
    }

    private void line(String what, String value) {
        text.append("# ").append(what).append(": ").append(value).append('\n');
    }

    private void heading(Action action, String when, int calls) {
        text.append('\n')
                .append(describe(action))
                .append(", ")
                .append(when)
                .append(" (")
                .append(calls)
                .append(calls == 1 ? " call" : " calls")
                .append(")\n");
    }

    private static String describe(Action action) {
        Optional<String> name = action.kind() == Action.Kind.ERRNO ? Errno.name(action.data()) : Optional.empty();
        return name.map(n -> action + " = " + n).orElse(action.toString());
    }

    private static String where(Rule rule) {
        return rule.abis().isEmpty()
                ? ""
                : rule.abis().stream().map(Abi::label).collect(Collectors.joining(",", " [", "]"));
    }

    private String condition(Rule rule) {
        Abi abi = rule.abis().isEmpty()
                ? policy.architectures().get(0)
                : rule.abis().get(0);
        return ConditionText.of(abi, rule.call(), rule.condition(), ConditionText.NUMBERS);
    }
}
