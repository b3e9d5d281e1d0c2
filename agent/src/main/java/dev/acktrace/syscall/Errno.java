package dev.acktrace.syscall;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Names of error numbers, from {@code errno.csv}. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOSYS = 38;

    /** The largest number that the kernel lets a filter answer; larger ones become this. */
    public static final int MAX = 4095;

    private Errno() {}

    /** Number of a name such as {@code ENOSYS}, or of decimal digits up to {@link #MAX}. */
    public static OptionalInt parse(String text) {
        Integer known = Rows.BY_NAME.get(text);
        if (known != null) {
            return OptionalInt.of(known);
        }
        if (text.isEmpty() || text.length() > 4 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return OptionalInt.empty();
        }
        int number = Integer.parseInt(text);
        return number <= MAX ? OptionalInt.of(number) : OptionalInt.empty();
    }

    /** The usual name of a number. */
    public static Optional<String> name(int number) {
        return Optional.ofNullable(Rows.BY_NUMBER.get(number));
    }

    private static final class Rows {
        static final Map<String, Integer> BY_NAME = new HashMap<>();
        static final Map<Integer, String> BY_NUMBER = new HashMap<>();

        static {
            for (String row : Facts.rows("errno.csv")) {
                List<String> fields = Facts.split(row, ',');
                int number = Integer.parseInt(fields.get(1));
                BY_NAME.put(fields.get(0), number);
                BY_NUMBER.putIfAbsent(number, fields.get(0));
            }
        }
    }
}
