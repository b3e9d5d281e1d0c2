package dev.acktrace.format;

import dev.acktrace.policy.Policy;
import java.util.List;

/**
 * A policy that was read.
 *
 * @param policy the policy
 * @param warnings in the order of the text
 */
public record Imported(Policy policy, List<Warning> warnings) {
    public Imported {
        warnings = List.copyOf(warnings);
    }
}
