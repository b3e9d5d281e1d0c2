package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.recording.Shape;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.TargetState;

/** Is told what happens, in the learner's thread and with the engine locked: it must not wait and not call back. */
public interface RefineListener {
    /** Is told nothing. */
    RefineListener NONE = new RefineListener() {};

    /** A shape was seen for the first time. */
    default void seen(Shape shape, Standing standing) {}

    /** A thread waits for an answer that nobody waited for before. */
    default void asked(Question question) {}

    /** A question is settled, or nobody waits for it any more. */
    default void settled(int question) {}

    /** A call was refused in enforce mode or by a decision; told once a shape. */
    default void refused(Shape shape, Action action, int decision) {}

    /** A program was executed for the first time. */
    default void image(String path) {}

    /** Something became of a filter that was stacked onto the target. */
    default void tightened(RingRecord record) {}

    /** The target's state changed. */
    default void state(TargetState state) {}
}
