package dev.acktrace.policy;

/** A rule or an expression that cannot be read: what, where, and what to do. */
public final class ExpressionException extends Exception {
    private static final long serialVersionUID = 1;

    private final String text;
    private final int column;
    private final String problem;
    private final String remedy;

    ExpressionException(String text, int column, String problem, String remedy) {
        super("column " + column + ": " + problem + "\n  " + text.replace('\t', ' ') + "\n  " + " ".repeat(column - 1)
                + "^\n  " + remedy);
        this.text = text;
        this.column = column;
        this.problem = problem;
        this.remedy = remedy;
    }

    /** What was read. */
    public String text() {
        return text;
    }

    /** Where, from 1. */
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
