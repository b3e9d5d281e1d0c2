package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.Multiplexed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes C source that builds the filter with libseccomp (2.4 or newer). Calls are resolved by name when the program
 * runs; an older library that does not know one fails if the rule refuses the call, and goes on without it if not.
 */
final class CWriter {
    private static final Map<FilterFlag, String> ATTRIBUTES = Map.of(
            FilterFlag.TSYNC, "SCMP_FLTATR_CTL_TSYNC",
            FilterFlag.LOG, "SCMP_FLTATR_CTL_LOG",
            FilterFlag.SPEC_ALLOW, "SCMP_FLTATR_CTL_SSB");

    private final Policy policy;
    private final Losses losses = new Losses();
    private final StringBuilder text = new StringBuilder();

    private CWriter(Policy policy) {
        this.policy = policy;
    }

    static Document write(Policy policy) {
        CWriter writer = new CWriter(policy);
        writer.write();
        return Document.of(writer.text.toString(), writer.losses);
    }

    private void write() {
        Capabilities able = Capabilities.of("c");
        Flat.envelope(policy, policy.architectures().get(0), able, losses);
        boolean apart = policy.rules().stream().anyMatch(rule -> !rule.abis().isEmpty());
        text.append(Facts.text("formats/policy-head.c"));
        if (apart) {
            for (Abi abi : policy.architectures()) {
                table(able, List.of(abi));
            }
        } else {
            table(able, policy.architectures());
        }
        text.append("static const struct part parts[] = {\n");
        if (apart) {
            policy.architectures().forEach(abi -> part(List.of(abi)));
        } else {
            part(policy.architectures());
        }
        text.append("};\n\nstatic const uint32_t default_action = ")
                .append(action(policy.defaultAction()))
                .append(";\n\n");
        attributes();
        text.append(Facts.text("formats/policy-tail.c"));
    }

    private void table(Capabilities able, List<Abi> abis) {
        text.append("static const struct rule rules_")
                .append(abis.get(0).label())
                .append("[] = {\n");
        // Libseccomp translates the names for each architecture of a part, so one ABI with the call is enough.
        Set<String> written = new TreeSet<>();
        for (Abi abi : abis) {
            Flat flat = Flat.of(policy, abi, able, losses);
            flat.calls().forEach((call, rules) -> {
                overlap(call, rules);
                if (abi == Abi.X86 && Multiplexed.of(call).isPresent()) {
                    losses.widens(call + ": for x86 libseccomp adds the same call of socketcall or ipc");
                }
                // Rules without an ABI are the same for all; the first ABI that has the call writes them.
                if (written.add(call)) {
                    original(call, abi).forEach(rule -> rule(call, rule));
                }
            });
        }
        text.append("\t{ 0, NULL, 0, { { 0 } } }\n};\n\n");
    }

    /** The rules as the policy has them: what an ABI narrows libseccomp narrows by itself. */
    private List<Rule> original(String call, Abi abi) {
        List<Rule> rules = policy.rules().stream()
                .filter(rule -> rule.call().equals(call) && rule.number(abi).isPresent())
                .toList();
        Optional<Rule> always =
                rules.stream().filter(rule -> rule.condition().always()).findFirst();
        return always.map(List::of).orElse(rules);
    }

    private void overlap(String call, List<Rule> rules) {
        if (rules.stream().map(Rule::action).distinct().count() > 1) {
            losses.widens(call + ": libseccomp does not say which of two rules decides when both fit");
        }
    }

    private void rule(String call, Rule rule) {
        Optional<List<Condition>> alternatives = OciConditions.alternatives(rule.condition());
        if (alternatives.isEmpty()) {
            String message = rule + ": its condition takes more than " + OciConditions.MAX_ALTERNATIVES
                    + " masked comparisons; the rule is left out";
            if (rule.action().compareTo(policy.defaultAction()) < 0) {
                losses.widens(message);
            } else {
                losses.differs(message);
            }
        }
        if (rule.action().kind() == Action.Kind.TRAP && rule.action().data() != 0) {
            losses.differs(rule + ": libseccomp has no data for a trap; 0 is written");
        }
        for (Condition condition : alternatives.orElse(List.of())) {
            text.append("\t{ ")
                    .append(action(rule.action()))
                    .append(", \"")
                    .append(call)
                    .append("\", ");
            text.append(condition.comparisons().size()).append(", { ");
            text.append(
                    condition.always()
                            ? "{ 0 }"
                            : String.join(
                                    ", ",
                                    condition.comparisons().stream()
                                            .map(CWriter::test)
                                            .toList()));
            text.append(" } },\n");
        }
    }

    private static String test(Comparison comparison) {
        boolean masked = comparison.operator() == Operator.MASKED_EQ;
        return "{ " + comparison.index() + ", " + comparison.operator().ociName() + ", "
                + number(masked ? comparison.mask() : comparison.value()) + ", "
                + number(masked ? comparison.value() : 0) + " }";
    }

    private static String number(long value) {
        return "0x" + Long.toHexString(value) + (value < 0 ? "ULL" : "");
    }

    private static String action(Action action) {
        return switch (action.kind()) {
            case ERRNO, TRACE -> action.kind().ociName() + "(" + action.data() + ")";
            default -> action.kind().ociName();
        };
    }

    private void part(List<Abi> abis) {
        text.append("\t{ rules_").append(abis.get(0).label()).append(", { ");
        for (Abi abi : abis) {
            text.append(abi.ociName()).append(", ");
        }
        text.append("0 } },\n");
    }

    private void attributes() {
        text.append("static const enum scmp_filter_attr attributes[] = {\n");
        for (FilterFlag flag : new TreeSet<>(policy.flags().orElse(Set.of()))) {
            if (ATTRIBUTES.containsKey(flag)) {
                text.append('\t').append(ATTRIBUTES.get(flag)).append(",\n");
            } else {
                losses.differs(flag.ociName() + ": libseccomp has it from 2.6 on; it is left out");
            }
        }
        text.append("\tSCMP_FLTATR_CTL_NNP\n};\n\n");
    }
}
