package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes a {@code SeccompProfile} of the Kubernetes Security Profiles Operator (API v1): the OCI policy in YAML, without
 * an errno of the default action, and with values of 63 bits.
 */
final class SpoWriter {
    static final String API = "security-profiles-operator.x-k8s.io/v1";
    private static final String LISTENERS = "/var/run/security-profiles-operator/";

    private final Losses losses = new Losses();

    private SpoWriter() {}

    static Document write(Policy policy, String name) {
        SpoWriter writer = new SpoWriter();
        Exported oci = OciWriter.write(writer.fitting(policy));
        oci.losses().forEach(writer.losses::add);
        return Document.of(yaml(oci.text(), name), writer.losses);
    }

    /** The policy without what the operator's schema refuses. */
    private Policy fitting(Policy policy) {
        if (policy.defaultAction().kind() == Action.Kind.ERRNO
                && policy.defaultAction().data() != Errno.EPERM) {
            losses.differs("calls without a rule: the default action has no errno; runtimes answer EPERM in place of "
                    + policy.defaultAction());
        }
        List<Abi> architectures = new ArrayList<>(policy.architectures());
        if (architectures.size() > 1 && architectures.remove(Abi.LOONGARCH64)) {
            losses.differs("architecture loongarch64: the operator does not know it; it is left out");
        }
        Optional<Policy.Listener> listener = policy.listener();
        if (listener.isPresent() && !listener.get().path().startsWith(LISTENERS)) {
            losses.differs("listenerPath: the operator takes sockets below " + LISTENERS + " only; it is left out");
            listener = Optional.empty();
        }
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : policy.rules()) {
            rules.addAll(fitting(rule, policy.defaultAction()));
        }
        return new Policy(policy.defaultAction(), architectures, rules, policy.flags(), listener);
    }

    private List<Rule> fitting(Rule rule, Action otherwise) {
        if (rule.condition().comparisons().stream().allMatch(SpoWriter::fits)) {
            return List.of(rule);
        }
        List<Rule> fitting = new ArrayList<>();
        List<Condition> alternatives =
                OciConditions.alternatives(rule.condition()).orElse(List.of());
        for (Condition condition : alternatives) {
            if (condition.comparisons().stream().allMatch(SpoWriter::fits)) {
                fitting.add(new Rule(rule.call(), rule.abis(), condition, rule.action()));
            }
        }
        if (fitting.size() < Math.max(1, alternatives.size())) {
            String message = rule + ": values have 63 bits; what needs more is left out";
            if (rule.action().compareTo(otherwise) < 0) {
                losses.widens(message);
            } else {
                losses.differs(message);
            }
        }
        return fitting;
    }

    private static boolean fits(Comparison comparison) {
        boolean masked = comparison.operator() == Operator.MASKED_EQ;
        return comparison.value() >= 0 && (!masked || comparison.mask() >= 0);
    }

    private static String yaml(String oci, String name) {
        StringWriter out = new StringWriter();
        YAMLFactory factory = YAMLFactory.builder()
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .disable(YAMLGenerator.Feature.SPLIT_LINES)
                .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .build();
        try (JsonParser from = new JsonFactory().createParser(oci);
                JsonGenerator to = factory.createGenerator(out)) {
            to.writeStartObject();
            to.writeStringField("apiVersion", API);
            to.writeStringField("kind", "SeccompProfile");
            to.writeObjectFieldStart("metadata");
            to.writeStringField("name", name);
            to.writeEndObject();
            to.writeFieldName("spec");
            while (from.nextToken() != null) {
                if (from.currentToken() == JsonToken.FIELD_NAME
                        && from.currentName().equals("defaultErrnoRet")) {
                    from.nextToken();
                } else {
                    to.copyCurrentEvent(from);
                }
            }
            to.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }
}
