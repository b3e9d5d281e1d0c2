package dev.acktrace.learn;

import dev.acktrace.recording.Shape;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.ShapeTable;
import dev.acktrace.wire.TargetState;

/**
 * Is told what the learner sees, in the learner's thread: whoever takes long makes the ring fill up. Every method does
 * nothing unless it is overridden.
 */
public interface LearnListener {
    /** Is told nothing. */
    LearnListener NONE = new LearnListener() {};

    /** A program was executed whose path was not seen before in this run. */
    default void image(String path) {}

    /**
     * A call was reported.
     *
     * @param shape what is known of it by now
     * @param isNew whether it is its first report in this run
     * @param record the report itself; {@link RingRecord#FLAG_HELD} says that the task waits
     * @return the verdict on the shape from now on: {@link ShapeTable#ACKNOWLEDGED}, or {@link ShapeTable#NONE} to
     *     decide later
     */
    default int call(Shape shape, boolean isNew, RingRecord record) {
        return ShapeTable.ACKNOWLEDGED;
    }

    /** A process ended, with a wait status. */
    default void exit(int pid, int waitStatus) {}

    /** Something became of a filter that was stacked: a record of kind {@link RingRecord#TIGHTENED}. */
    default void tightened(RingRecord record) {}

    /** The target's state changed. */
    default void state(TargetState state) {}
}
