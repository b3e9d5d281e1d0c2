package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.syscall.ValueNames;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes a policy for people who review it: by action, a call a line, arguments by name. Nothing reads it back. */
final class TextWriter {
    private final Policy policy;
    private final StringBuilder text = new StringBuilder();

    private final Losses losses = new Losses();

    private TextWriter(Policy policy) {
        this.policy = policy;
    }

    static Document write(Policy policy) {
        TextWriter writer = new TextWriter(policy);
        writer.write();
        return Document.of(writer.text.toString(), writer.losses);
    }

    private void write() {
        text.append("# Seccomp policy, written for review. acktrace reads it back.\n");
        line("architectures", policy.architectures().stream().map(Abi::label).collect(Collectors.joining(" ")));
        line("default", policy.defaultAction() + meaning(policy.defaultAction()));
        policy.flags()
                .ifPresent(flags -> line(
                        "flags",
                        flags.isEmpty()
                                ? "none"
                                : new TreeSet<>(flags)
                                        .stream().map(FilterFlag::ociName).collect(Collectors.joining(" "))));
        policy.listener().ifPresent(this::listener);
        Map<Action, Map<String, Set<String>>> plain = new TreeMap<>(Comparator.reverseOrder());
        Map<Action, Map<String, Set<String>>> tested = new TreeMap<>(Comparator.reverseOrder());
        for (Rule given : policy.rules()) {
            Rule rule = said(given);
            if (rule.condition().comparisons().stream().anyMatch(Comparison::neverTrue)) {
                continue;
            }
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

    private void listener(Policy.Listener listener) {
        if ((listener.path() + listener.metadata()).chars().anyMatch(Character::isISOControl)) {
            losses.differs("the listener is left out: there are control characters in its path or metadata");
            return;
        }
        line("listener", listener.path());
        if (!listener.metadata().isEmpty()) {
            line("metadata", listener.metadata());
        }
    }

    private void line(String what, String value) {
        text.append(what).append(": ").append(value).append('\n');
    }

    private void heading(Action action, String when, int calls) {
        text.append('\n')
                .append(action)
                .append(":  #")
                .append(meaning(action).replace("  #", ""))
                .append(meaning(action).isEmpty() ? " " : ", ")
                .append(when)
                .append(", ")
                .append(calls)
                .append(calls == 1 ? " call\n" : " calls\n");
    }

    private static String meaning(Action action) {
        Optional<String> name = action.kind() == Action.Kind.ERRNO ? Errno.name(action.data()) : Optional.empty();
        return name.map(n -> "  # " + n).orElse("");
    }

    private static String where(Rule rule) {
        return rule.abis().isEmpty()
                ? ""
                : rule.abis().stream().map(Abi::label).collect(Collectors.joining(",", " [", "]"));
    }

    /** A rule for registers of 32 bits has values of 32 bits. */
    private Rule said(Rule rule) {
        return namingAbi(rule.abis(), policy.architectures()).narrow()
                ? new Rule(rule.call(), rule.abis(), rule.condition().narrowed(), rule.action())
                : rule;
    }

    private String condition(Rule rule) {
        Abi abi = namingAbi(rule.abis(), policy.architectures());
        OptionalInt number = SyscallTable.of(abi).parse(rule.call());
        ConditionText.Namer namer = number.isEmpty()
                ? ConditionText.NUMBERS
                : (argument, value) -> ValueNames.of(new Syscall(abi, number.getAsInt()), argument, value);
        return ConditionText.of(abi, rule.call(), rule.condition(), namer);
    }

    /** The ABI whose names and widths of arguments count in a rule: if it can be, one with registers of 64 bits. */
    static Abi namingAbi(List<Abi> rule, List<Abi> policy) {
        List<Abi> all = rule.isEmpty() ? policy : rule;
        return all.stream().filter(abi -> !abi.narrow()).findFirst().orElse(all.get(0));
    }
}
