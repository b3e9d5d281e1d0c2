package dev.acktrace.format;

import java.util.ArrayList;
import java.util.List;

/** The words and signs of one logical line of a minijail policy. */
final class MinijailTokens {
    /**
     * A word or sign.
     *
     * @param text as written
     * @param line from 1
     * @param column from 1
     */
    record Token(String text, int line, int column) {}

    private static final List<String> SIGNS = List.of(
            "||", "&&", "==", "!=", "<=", ">=", "<", ">", "|", "&", "=", ":", ";", ",", "~", "(", ")", "{", "}", "[",
            "]");

    private final String source;
    private final List<Token> tokens;
    private int next;

    private MinijailTokens(String source, List<Token> tokens) {
        this.source = source;
        this.tokens = tokens;
    }

    /** Splits a policy into logical lines; comments, and lines without anything, are left out. */
    static List<MinijailTokens> lines(byte[] bytes, String source) throws FormatException {
        List<MinijailTokens> lines = new ArrayList<>();
        List<Token> tokens = new ArrayList<>();
        int number = 0;
        for (String raw : TextLines.strict(bytes, source)) {
            number++;
            String line = raw.endsWith("\r") ? raw.substring(0, raw.length() - 1) : raw;
            boolean continued = line.endsWith("\\");
            split(continued ? line.substring(0, line.length() - 1) : line, number, source, tokens);
            if (!continued && !tokens.isEmpty()) {
                lines.add(new MinijailTokens(source, List.copyOf(tokens)));
                tokens.clear();
            }
        }
        if (!tokens.isEmpty()) {
            lines.add(new MinijailTokens(source, List.copyOf(tokens)));
        }
        return lines;
    }

    private static void split(String line, int number, String source, List<Token> tokens) throws FormatException {
        int at = 0;
        while (at < line.length() && line.charAt(at) != '#') {
            char c = line.charAt(at);
            if (c == ' ' || c == '\t') {
                at++;
                continue;
            }
            int end = at;
            while (end < line.length() && word(line.charAt(end))) {
                end++;
            }
            if (end == at) {
                String rest = line.substring(at);
                end = at
                        + SIGNS.stream()
                                .filter(rest::startsWith)
                                .findFirst()
                                .orElse("")
                                .length();
            }
            if (end == at) {
                throw new FormatException(
                        source,
                        number,
                        at + 1,
                        "there is no sign '" + (c < ' ' || c > '~' ? String.format("\\u%04x", (int) c) : c) + "'",
                        "A line is NAME: 1, NAME: argN == VALUE, or NAME: return ERRNO.");
            }
            tokens.add(new Token(line.substring(at, end), number, at + 1));
            at = end;
        }
    }

    private static boolean word(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || c == '@'
                || c == '.'
                || c == '/';
    }

    boolean atEnd() {
        return next == tokens.size();
    }

    boolean at(String text) {
        return !atEnd() && tokens.get(next).text().equals(text);
    }

    /** Takes a word or sign if it is the next one. */
    boolean take(String text) {
        boolean there = at(text);
        next += there ? 1 : 0;
        return there;
    }

    Token take(String what, String remedy) throws FormatException {
        if (atEnd()) {
            throw fail(what + " is missing at the end of the line", remedy);
        }
        return tokens.get(next++);
    }

    void expect(String text) throws FormatException {
        if (!take(text)) {
            throw fail("'" + text + "' is missing", "Write it here.");
        }
    }

    Token peek() {
        return tokens.get(Math.min(next, tokens.size() - 1));
    }

    FormatException fail(String problem, String remedy) {
        return fail(peek(), problem, remedy);
    }

    FormatException fail(Token token, String problem, String remedy) {
        return new FormatException(source, token.line(), token.column(), problem, remedy);
    }

    Warning warning(String message) {
        return warning(Warning.Kind.OTHER, message);
    }

    Warning unknownName(String message) {
        return warning(Warning.Kind.UNKNOWN_NAME, message);
    }

    private Warning warning(Warning.Kind kind, String message) {
        Token token = peek();
        return new Warning(kind, source, token.line(), token.column(), message);
    }

    /** The file's name. */
    String source() {
        return source;
    }

    /** Where the logical line begins. */
    int number() {
        return tokens.get(0).line();
    }
}
