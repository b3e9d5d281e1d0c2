package dev.acktrace.format;

/**
 * Something that was read but may not mean what its author thinks.
 *
 * @param source what was read
 * @param line from 1; 0 if the place is not known
 * @param column from 1; 0 if the place is not known
 * @param message what it means instead
 */
public record Warning(String source, int line, int column, String message) {
    @Override
    public String toString() {
        return FormatException.place(source, line, column) + ": " + message;
    }
}
