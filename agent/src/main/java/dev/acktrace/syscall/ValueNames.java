package dev.acktrace.syscall;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Names of argument values, for people: {@code TCGETS}, {@code PROT_READ|PROT_WRITE}, from {@code value-names.csv}. */
public final class ValueNames {
    private ValueNames() {}

    private record Names(boolean flags, List<String> constants) {}

    /** The value by name; empty if no constant is known for it. */
    public static Optional<String> of(Syscall call, int argument, long value) {
        Names names = Rows.BY_ARGUMENT.get(call.name() + "," + argument);
        if (names == null) {
            return Optional.empty();
        }
        return names.flags() ? flags(names.constants(), value) : one(names.constants(), value);
    }

    private static Optional<String> one(List<String> constants, long value) {
        String best = null;
        for (String name : constants) {
            if (Constants.value(name).orElse(-1) == value && (best == null || name.length() < best.length())) {
                best = name;
            }
        }
        return Optional.ofNullable(best);
    }

    private static Optional<String> flags(List<String> constants, long value) {
        Optional<String> whole = one(constants, value);
        if (whole.isPresent() || value == 0) {
            return whole;
        }
        List<String> parts = new ArrayList<>();
        long rest = value;
        for (long bits = value; bits != 0; bits &= bits - 1) {
            long bit = Long.lowestOneBit(bits);
            Optional<String> name = one(constants, bit);
            if (name.isPresent()) {
                parts.add(name.get());
                rest &= ~bit;
            }
        }
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        if (rest != 0) {
            parts.add("0x" + Long.toHexString(rest));
        }
        return Optional.of(String.join("|", parts));
    }

    private static final class Rows {
        static final Map<String, Names> BY_ARGUMENT = new HashMap<>();

        static {
            for (String row : Facts.rows("syscalls/value-names.csv")) {
                List<String> fields = Facts.split(row, ',');
                List<String> constants = new ArrayList<>();
                for (String prefix : Facts.split(fields.get(3), ' ')) {
                    constants.addAll(Constants.names(prefix));
                }
                BY_ARGUMENT.put(
                        fields.get(0) + "," + fields.get(1),
                        new Names(fields.get(2).equals("flags"), constants));
            }
        }
    }
}
