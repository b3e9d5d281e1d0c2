package dev.acktrace.cli.repl;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Conditions as they are typed: {@code cmd == 0x5401 && (flags & 0x3) == 1}. */
final class ConditionText {
    private static final Pattern PLAIN = Pattern.compile("\\s*(\\w+)\\s*(==|!=|<=|>=|<|>)\\s*(\\w+)\\s*");
    private static final Pattern MASKED =
            Pattern.compile("\\s*\\(\\s*(\\w+)\\s*&\\s*(\\w+)\\s*\\)\\s*==\\s*(\\w+)\\s*");

    private ConditionText() {}

    /**
     * Parses a condition.
     *
     * @param column where it begins in its line, from 1
     */
    static Condition parse(Syscall call, String text, int column) throws LineError {
        List<Comparison> comparisons = new ArrayList<>();
        int at = 0;
        for (String part : text.split("&&", -1)) {
            comparisons.add(comparison(call, part, column + at));
            at += part.length() + 2;
        }
        return new Condition(comparisons);
    }

    private static Comparison comparison(Syscall call, String part, int column) throws LineError {
        Matcher masked = MASKED.matcher(part);
        if (masked.matches()) {
            int index = index(call, masked.group(1), column + masked.start(1));
            return Comparison.masked(
                    index,
                    value(masked.group(2), column + masked.start(2)),
                    value(masked.group(3), column + masked.start(3)));
        }
        Matcher plain = PLAIN.matcher(part);
        if (!plain.matches()) {
            throw new LineError(
                    column,
                    "'" + part.strip() + "' is no comparison",
                    "Write NAME == VALUE or (NAME & MASK) == VALUE, with && between them.");
        }
        int index = index(call, plain.group(1), column + plain.start(1));
        long value = value(plain.group(3), column + plain.start(3));
        Operator operator = switch (plain.group(2)) {
            case "==" -> Operator.EQ;
            case "!=" -> Operator.NE;
            case "<" -> Operator.LT;
            case "<=" -> Operator.LE;
            case ">" -> Operator.GT;
            default -> Operator.GE;
        };
        return Signatures.bits(call.abi(), call.name(), index) == 32
                ? Comparison.narrow(index, operator, value)
                : Comparison.of(index, operator, value);
    }

    private static int index(Syscall call, String name, int column) throws LineError {
        if (name.matches("arg[0-5]")) {
            return name.charAt(3) - '0';
        }
        List<Argument> arguments = CallText.arguments(call);
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i).name().equals(name) || arguments.get(i).alias().equals(name)) {
                return i;
            }
        }
        throw new LineError(
                column,
                call.name() + " has no argument '" + name + "'",
                "It has "
                        + String.join(
                                ", ", arguments.stream().map(Argument::name).toList()) + ".");
    }

    /** A word as a number. */
    static long number(Word word) throws LineError {
        return value(word.text(), word.column());
    }

    private static long value(String text, int column) throws LineError {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new LineError(column, "'" + text + "' is no number", "Write it in decimal, or as 0x….");
        }
    }
}
