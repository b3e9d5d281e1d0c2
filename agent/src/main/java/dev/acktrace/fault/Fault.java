package dev.acktrace.fault;

import java.util.Objects;

/**
 * A failure that a person can do something about, in three parts.
 *
 * @param what what failed and on what, without a full stop: {@code cannot read the policy 'p.json'}
 * @param why the reason, as an errno text or a place in a file: {@code line 3, column 7: unknown field "sycalls"}
 * @param remedy what to do about it, a sentence
 */
public record Fault(String what, String why, String remedy) {
    /** Checks that no part is missing. */
    public Fault {
        Objects.requireNonNull(what);
        Objects.requireNonNull(why);
        Objects.requireNonNull(remedy);
    }

    /** Returns the three parts as one text of two lines, without the program's name and without a final newline. */
    public String text() {
        return what + ": " + why + "\n  " + remedy;
    }
}
