package dev.acktrace.wire;

import java.io.Serial;

/** The shared segment holds something that the helper would not have written. */
public final class WireException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What was found and where. */
    public WireException(String message) {
        super(message);
    }
}
