package dev.acktrace.format;

/**
 * Something that was read but may not mean what its author thinks.
 *
 * @param kind what it is about
 * @param source what was read
 * @param line from 1; 0 if the place is not known
 * @param column from 1; 0 if the place is not known
 * @param message what it means instead
 */
public record Warning(Kind kind, String source, int line, int column, String message) {
    /** What a warning is about. */
    public enum Kind {
        UNKNOWN_NAME,
        REPEATED_INDEX,
        SAYS_DEFAULT,
        /** A rule that another one with another action leaves nothing to. */
        SHADOWED,
        /** A rule that changes nothing. */
        VOID,
        NO_ARCHITECTURE,
        OTHER
    }

    /** A warning of no special kind. */
    public Warning(String source, int line, int column, String message) {
        this(Kind.OTHER, source, line, column, message);
    }

    @Override
    public String toString() {
        return FormatException.place(source, line, column) + ": " + message;
    }
}
