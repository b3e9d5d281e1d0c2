package dev.acktrace.cli.repl;

import java.io.Serial;

/** A line that cannot be carried out as it stands. */
final class LineError extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int column;
    private final String why;
    private final String remedy;

    /**
     * An error at a place.
     *
     * @param column counts from 1
     * @param why what is wrong, without a full stop
     * @param remedy what to do, a sentence
     */
    LineError(int column, String why, String remedy) {
        super(why);
        this.column = column;
        this.why = why;
        this.remedy = remedy;
    }

    int column() {
        return column;
    }

    String why() {
        return why;
    }

    String remedy() {
        return remedy;
    }
}
