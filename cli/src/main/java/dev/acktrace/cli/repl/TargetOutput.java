package dev.acktrace.cli.repl;

import dev.acktrace.fault.FaultException;
import java.util.List;

/** What becomes of a target's input and output. */
interface TargetOutput {
    /**
     * Prepares a terminal for a target that is about to be launched.
     *
     * @param tty the setting {@link Settings#TTY}
     * @return path of the terminal; empty: it shares ours
     */
    String prepare(String tty) throws FaultException;

    /** The last lines that the target wrote; empty if it shares our terminal. */
    List<String> tail(int lines);

    /** Hands our terminal to the target until it ends or the person comes back; false if that cannot be done. */
    boolean foreground() throws FaultException;
}
