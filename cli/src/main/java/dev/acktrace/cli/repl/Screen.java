package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.Palette;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;

/** Where a session prints. */
interface Screen {
    /** Prints lines that somebody asked for; each ends with a newline. */
    void print(String lines);

    /** Tells of something that nobody asked for, on one line. */
    void notice(String line);

    /** Tells of a failure. */
    void fault(Fault fault);

    /** Colours for {@link #print}. */
    Palette palette();

    /** Columns; at least 20. */
    int width();

    /** Whether a person is there who can be asked. */
    boolean interactive();

    /** Puts the open questions to the person; nothing without one. */
    void ask(ReplContext context) throws FaultException, InterruptedException;

    /** Asks for yes or no; without a person it is what {@code otherwise} says. */
    boolean confirm(String question, boolean otherwise);
}
