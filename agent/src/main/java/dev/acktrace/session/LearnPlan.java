package dev.acktrace.session;

import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Recording;
import java.util.List;
import java.util.Optional;

/**
 * What to learn and how.
 *
 * @param command the target's words as the JVM decoded them; empty to attach
 * @param pid process to attach to; 0 to launch
 * @param backend {@code trace} or {@code ack}
 * @param accelerate whether {@code ack} may rewrite hot call sites of the target; other backends do not ask
 * @param arguments whether significant arguments are told apart
 * @param followRoot whether to end with the root, and not with its last child
 * @param base what is known by policy
 * @param earlier what is known by evidence
 * @param salvage absolute path where the helper saves the segment if this process dies; empty for nowhere
 */
public record LearnPlan(
        List<String> command,
        int pid,
        String backend,
        boolean accelerate,
        boolean arguments,
        boolean followRoot,
        Optional<Policy> base,
        Recording earlier,
        String salvage) {
    /** Copies the list. */
    public LearnPlan {
        command = List.copyOf(command);
    }

    /** Whether the target reports by itself, from the stub. */
    boolean ack() {
        return backend.equals("ack");
    }

    /** The options as a recording's header has them. */
    List<String> options() {
        return List.of(
                "args=" + (arguments ? "known" : "off"),
                "base=" + (base.isPresent() ? "yes" : "no"),
                "follow=" + (followRoot ? "root" : "wait"));
    }
}
