package dev.acktrace.session;

import dev.acktrace.fault.Fault;

/** How a target ended. */
public sealed interface Outcome {
    /** The root exited with this code, 0 to 255. */
    record Exited(int code) implements Outcome {}

    /** A signal ended the root. */
    record Signaled(int signal) implements Outcome {}

    /** It never ran; {@code status} is 125, 126 or 127 as env(1) would give it. */
    record NotStarted(Fault fault, int status) implements Outcome {}

    /** Nobody knows: it was attached to and let go, or the helper went away first. */
    record Unknown() implements Outcome {}

    /** The outcome of a wait status. */
    static Outcome of(int waitStatus) {
        int signal = waitStatus & 0x7f;
        return signal == 0 ? new Exited(waitStatus >> 8 & 0xff) : new Signaled(signal);
    }
}
