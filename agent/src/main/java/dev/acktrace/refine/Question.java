package dev.acktrace.refine;

import dev.acktrace.recording.Shape;
import dev.acktrace.wire.RingRecord;
import java.util.List;

/**
 * A shape about which threads wait for an answer. A snapshot.
 *
 * @param id counts from 1 within a session; stays while threads wait
 * @param shape what is known of it
 * @param first the report of the thread that came first
 * @param waiting ids of the threads that wait, in the order in which they came
 * @param images how many executed programs made this call, with any arguments
 * @param times how often this call was made, with any arguments
 */
public record Question(int id, Shape shape, RingRecord first, List<Integer> waiting, int images, long times) {
    /** Copies the list. */
    public Question {
        waiting = List.copyOf(waiting);
    }

    /** The call's name. */
    public String call() {
        return shape.key().call().name();
    }
}
