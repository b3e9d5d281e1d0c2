package dev.acktrace.syscall;

import java.util.List;
import java.util.OptionalInt;

/**
 * Parameters of a system call.
 *
 * @param name the call
 * @param arguments in order; at most six
 */
public record Signature(String name, List<Argument> arguments) {
    public Signature {
        arguments = List.copyOf(arguments);
    }

    /** Index of an argument by its name or other name. */
    public OptionalInt index(String argument) {
        for (int i = 0; i < arguments.size(); i++) {
            Argument candidate = arguments.get(i);
            if (candidate.name().equals(argument) || candidate.alias().equals(argument)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }
}
