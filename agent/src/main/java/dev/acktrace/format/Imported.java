package dev.acktrace.format;

import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A policy that was read.
 *
 * @param policy the policy
 * @param warnings in the order of the text
 * @param named every call that the text has a rule for, even if that says what the default says
 * @param source what it was read from
 */
public record Imported(Policy policy, List<Warning> warnings, Set<String> named, Source source) {
    /** Formats that can be read. */
    public enum Kind {
        OCI,
        SECCOMP_PROFILE,
        MINIJAIL,
        TEXT,
        STRACE,
        AUDIT,
        FILTER
    }

    /**
     * What a policy was read from.
     *
     * @param kind the format
     * @param conditional whether it would be another policy on another machine
     * @param lines where rules stand, from 1; rules whose line is not known are missing
     */
    public record Source(Kind kind, boolean conditional, Map<Rule, Integer> lines) {
        public Source {
            lines = Map.copyOf(lines);
        }

        static Source of(Kind kind) {
            return new Source(kind, false, Map.of());
        }
    }

    public Imported {
        warnings = List.copyOf(warnings);
        named = Set.copyOf(named);
    }
}
