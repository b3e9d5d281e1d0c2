package dev.acktrace.generalize;

import dev.acktrace.policy.Policy;
import java.util.List;

/**
 * A policy from evidence.
 *
 * @param policy the policy
 * @param origins where its rules come from, by call
 * @param notes what was widened and why, for people
 */
public record Generalized(Policy policy, List<Origin> origins, List<String> notes) {
    public Generalized {
        origins = List.copyOf(origins);
        notes = List.copyOf(notes);
    }
}
