package dev.acktrace.cli.repl;

import java.util.ArrayList;
import java.util.List;

/**
 * A word of a line.
 *
 * @param text without its quotes
 * @param column where it begins, from 1
 * @param quoted whether any of it was quoted
 */
record Word(String text, int column, boolean quoted) {
    /**
     * Splits a line: blanks part words, {@code '…'} and {@code "…"} hold them together, a backslash takes the next
     * character as it is, and {@code #} at the beginning of a word begins a comment unless digits follow.
     *
     * @throws LineError if a quote is not closed
     */
    static List<Word> split(String line) throws LineError {
        List<Word> words = new ArrayList<>();
        int at = 0;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '#' && !isDecision(line, at)) {
                return words;
            } else {
                at = word(line, at, words);
            }
        }
        return words;
    }

    private static boolean isDecision(String line, int at) {
        return at + 1 < line.length() && Character.isDigit(line.charAt(at + 1));
    }

    private static int word(String line, int from, List<Word> words) throws LineError {
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        char quote = 0;
        int at = from;
        int opened = from;
        while (at < line.length() && (quote != 0 || !Character.isWhitespace(line.charAt(at)))) {
            char c = line.charAt(at);
            if (c == '\\' && quote != '\'' && at + 1 < line.length()) {
                text.append(line.charAt(++at));
                quoted = true;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
                quoted = true;
                opened = at;
            } else {
                text.append(c);
            }
            at++;
        }
        if (quote != 0) {
            throw new LineError(
                    opened + 1, "the quote " + quote + " is not closed", "Close it, or write \\" + quote + ".");
        }
        words.add(new Word(text.toString(), from + 1, quoted));
        return at;
    }
}
