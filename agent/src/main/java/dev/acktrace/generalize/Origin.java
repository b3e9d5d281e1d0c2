package dev.acktrace.generalize;

/**
 * Where rules come from. Kept beside a policy, never in it.
 *
 * @param call the call that the rules are about
 * @param kind why they are there
 * @param text evidence or reason
 */
public record Origin(String call, Kind kind, String text) {
    /** Reasons for a rule. */
    public enum Kind {
        OBSERVED,
        CLOSURE,
        OVERLAY,
        HUMAN
    }
}
