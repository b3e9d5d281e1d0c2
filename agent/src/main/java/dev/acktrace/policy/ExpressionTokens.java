package dev.acktrace.policy;

import java.util.ArrayList;
import java.util.List;

/** Cuts an expression into words, numbers and signs. */
final class ExpressionTokens {
    /** A piece of the text and where it begins, from 1. */
    record Token(String text, int column) {}

    private static final String[] SIGNS = {"&&", "||", "==", "!=", "<=", ">=", "->"};
    private static final int MAX_LENGTH = 65_536;

    private ExpressionTokens() {}

    /** All tokens; the last one is empty and stands behind the text. */
    static List<Token> of(String text) throws ExpressionException {
        if (text.length() > MAX_LENGTH) {
            throw new ExpressionException(
                    text.substring(0, 40) + "…", 1, "the text is too long", "Write several rules.");
        }
        List<Token> tokens = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            int end = at + 1;
            if (c == ' ' || c == '\t') {
                at++;
                continue;
            }
            if (word(c)) {
                while (end < text.length() && word(text.charAt(end))) {
                    end++;
                }
            } else if (two(text, at)) {
                end = at + 2;
            } else if ("!()&|~<>{},:-".indexOf(c) < 0) {
                throw new ExpressionException(text, at + 1, "'" + c + "' has no meaning here", "Remove it.");
            }
            tokens.add(new Token(text.substring(at, end), at + 1));
            at = end;
        }
        tokens.add(new Token("", text.length() + 1));
        return tokens;
    }

    private static boolean word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    private static boolean two(String text, int at) {
        for (String sign : SIGNS) {
            if (text.startsWith(sign, at)) {
                return true;
            }
        }
        return false;
    }
}
