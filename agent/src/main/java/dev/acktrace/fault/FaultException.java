package dev.acktrace.fault;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Carries a {@link Fault} up to whoever talks to the user. */
public class FaultException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Fault fault;

    /** A fault without a deeper cause. */
    public FaultException(Fault fault) {
        this(fault, null);
    }

    /** A fault with the exception that brought it about, or null. */
    public FaultException(Fault fault, @Nullable Throwable cause) {
        super(fault.text(), cause);
        this.fault = fault;
    }

    /** Shorthand for a fault of the three given parts; see {@link Fault}. */
    public FaultException(String what, String why, String remedy) {
        this(new Fault(what, why, remedy), null);
    }

    /** Returns what failed, why, and what to do. */
    public final Fault fault() {
        return fault;
    }
}
