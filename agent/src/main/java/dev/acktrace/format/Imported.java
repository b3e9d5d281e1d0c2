package dev.acktrace.format;

import dev.acktrace.policy.Policy;
import java.util.List;
import java.util.Set;

/**
 * A policy that was read.
 *
 * @param policy the policy
 * @param warnings in the order of the text
 * @param named every call that the text has a rule for, even if that says what the default says
 */
public record Imported(Policy policy, List<Warning> warnings, Set<String> named) {
    public Imported {
        warnings = List.copyOf(warnings);
        named = Set.copyOf(named);
    }
}
