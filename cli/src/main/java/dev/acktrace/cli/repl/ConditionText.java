package dev.acktrace.cli.repl;

import dev.acktrace.policy.Condition;
import dev.acktrace.policy.ExpressionException;
import dev.acktrace.policy.Expressions;
import dev.acktrace.syscall.Constants;
import dev.acktrace.syscall.Syscall;
import java.util.List;
import java.util.OptionalLong;

/** Conditions and values as they are typed. */
final class ConditionText {
    private ConditionText() {}

    /**
     * Parses a condition: {@code cmd == TCGETS && fd != 3}; see {@link Expressions}.
     *
     * @param column where it begins in its line, from 1
     * @return alternatives of which one must hold
     */
    static List<Condition> parse(Syscall call, String text, int column) throws LineError {
        try {
            return Expressions.condition(call.name(), text, call.abi());
        } catch (ExpressionException e) {
            throw new LineError(column + e.column() - 1, e.problem(), e.remedy());
        }
    }

    /** A word as a number: decimal, {@code 0x…}, or the name of a constant. */
    static long number(Word word) throws LineError {
        String text = word.text();
        OptionalLong constant = Constants.value(text);
        if (constant.isPresent()) {
            return constant.getAsLong();
        }
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new LineError(
                    word.column(), "'" + text + "' is no number", "Write it in decimal, as 0x…, or as a constant.");
        }
    }
}
