package dev.acktrace.format;

/** Text that is not what its format asks for: where, what, why, and what to do. */
public final class FormatException extends Exception {
    private static final long serialVersionUID = 1;

    private final String source;
    private final int line;
    private final int column;
    private final String problem;
    private final String remedy;

    /**
     * An error at a place.
     *
     * @param source what was read: a file's name or {@code <stdin>}
     * @param line from 1; 0 if the place is not known
     * @param column from 1; 0 if the place is not known
     * @param problem what is wrong and why
     * @param remedy what to do
     */
    public FormatException(String source, int line, int column, String problem, String remedy) {
        super(place(source, line, column) + ": " + problem + "\n  " + remedy);
        this.source = source;
        this.line = line;
        this.column = column;
        this.problem = problem;
        this.remedy = remedy;
    }

    static String place(String source, int line, int column) {
        return line == 0 ? source : source + ":" + line + ":" + column;
    }

    public String source() {
        return source;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }

    public String problem() {
        return problem;
    }

    public String remedy() {
        return remedy;
    }
}
