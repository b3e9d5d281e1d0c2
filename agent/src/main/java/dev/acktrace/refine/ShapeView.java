package dev.acktrace.refine;

import dev.acktrace.recording.Shape;

/**
 * A shape and what becomes of it. A snapshot.
 *
 * @param shape with its counts at the time of the snapshot
 * @param standing what becomes of its calls
 * @param decision id of the decision behind that; 0: none, or the start policy
 * @param phase the phase in which it was seen first; may be empty
 * @param executed whether a call of it ran
 * @param refused how often it was refused by a decision or in enforce mode, as far as that was reported
 */
public record ShapeView(Shape shape, Standing standing, int decision, String phase, boolean executed, long refused) {
    /** The call's name. */
    public String call() {
        return shape.key().call().name();
    }
}
