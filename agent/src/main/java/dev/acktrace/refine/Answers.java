package dev.acktrace.refine;

import dev.acktrace.fault.FaultException;

/** The way to the helper for threads that are held. */
@FunctionalInterface
public interface Answers {
    /**
     * Lets one held thread go on.
     *
     * @param verdict {@code WIRE_VERDICT_*}
     * @param errno for a denial
     */
    void answer(int tid, int verdict, int errno) throws FaultException;
}
