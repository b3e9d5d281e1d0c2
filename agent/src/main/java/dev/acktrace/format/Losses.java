package dev.acktrace.format;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects losses in the order in which they are found, each once. */
final class Losses {
    private final Set<Loss> losses = new LinkedHashSet<>();

    /** What is written allows more than the policy. */
    void widens(String message) {
        losses.add(new Loss(true, message));
    }

    /** What is written allows no more than the policy, but is not the same. */
    void differs(String message) {
        losses.add(new Loss(false, message));
    }

    void add(Loss loss) {
        losses.add(loss);
    }

    List<Loss> list() {
        return List.copyOf(losses);
    }
}
