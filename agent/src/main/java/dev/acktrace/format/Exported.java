package dev.acktrace.format;

import java.util.List;

/**
 * A policy in a format, and what that could not say.
 *
 * @param text the text
 * @param losses empty if the text means exactly the policy
 */
public record Exported(String text, List<Loss> losses) {
    public Exported {
        losses = List.copyOf(losses);
    }
}
