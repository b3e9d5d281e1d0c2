package dev.acktrace.syscall;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Names of the values of enumerations and flag words, from {@code constants.csv}. */
public final class Constants {
    private Constants() {}

    /** The value of a name. */
    public static OptionalLong value(String name) {
        Long value = Rows.BY_NAME.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** Every name with a prefix such as {@code AF_}, sorted. */
    public static List<String> names(String prefix) {
        List<String> names = new ArrayList<>();
        for (String name : Rows.BY_NAME.keySet()) {
            if (name.startsWith(prefix)) {
                names.add(name);
            }
        }
        names.sort(null);
        return names;
    }

    private static final class Rows {
        static final Map<String, Long> BY_NAME = new HashMap<>(4096);

        static {
            for (String row : Facts.rows("syscalls/constants.csv")) {
                List<String> fields = Facts.split(row, ',');
                BY_NAME.put(fields.get(0), Long.parseUnsignedLong(fields.get(1).substring(2), 16));
            }
        }
    }
}
