package dev.acktrace.format;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.Signatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Conditions for people, arguments by name. {@code (u64)} marks a comparison of more bits than the kernel looks at,
 * {@code (u32)} one of fewer.
 */
public final class ConditionText {
    /** Names for values of an argument. */
    public interface Namer {
        /** The name of a value; empty if it has none. */
        Optional<String> name(int argument, long value);
    }

    /** Numbers stay numbers. */
    public static final Namer NUMBERS = (argument, value) -> Optional.empty();

    private static final long LOW = 0xFFFF_FFFFL;

    private ConditionText() {}

    /** A condition as its tests; empty if it always holds. */
    public static String of(Abi abi, String call, Condition condition, Namer namer) {
        List<Argument> arguments =
                Signatures.of(abi, call).map(s -> s.arguments()).orElse(List.of());
        List<String> tests = new ArrayList<>();
        for (Comparison comparison : condition.comparisons()) {
            tests.add(test(comparison, arguments, abi.narrow(), namer));
        }
        return String.join(" && ", tests);
    }

    /** An argument without a name; some calls have another one with the usual name for it. */
    private static String position(int index, List<Argument> arguments) {
        String usual = "arg" + index;
        return arguments.stream().anyMatch(argument -> argument.name().equals(usual)) ? "argument" + index : usual;
    }

    private static String test(Comparison given, List<Argument> arguments, boolean narrow, Namer namer) {
        // All low bits masked is how 64-bit formats say a comparison of 32 bits.
        Comparison c = given.operator() == Operator.MASKED_EQ && given.mask() == LOW
                ? Comparison.narrow(given.index(), Operator.EQ, given.value())
                : given;
        boolean known = c.index() < arguments.size();
        String name = known ? arguments.get(c.index()).name() : position(c.index(), arguments);
        boolean half = narrow || (known && arguments.get(c.index()).bits() == 32);
        String subject = c.bits() == 32 && !half ? "(u32)" + name : name;
        String wide = c.bits() == 64 && half && !narrow ? "(u64)" : "";
        String value = namer.name(c.index(), c.value()).orElse("0x" + Long.toHexString(c.value()));
        if (c.operator() == Operator.MASKED_EQ) {
            String mask = namer.name(c.index(), c.mask()).orElse("0x" + Long.toHexString(c.mask()));
            return "(" + wide + subject + " & " + mask + ") == " + (c.value() == 0 ? "0x0" : value);
        }
        return wide + subject + " " + c.operator().symbol() + " " + value;
    }
}
