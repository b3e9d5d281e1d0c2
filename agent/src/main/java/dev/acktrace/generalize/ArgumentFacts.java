package dev.acktrace.generalize;

import dev.acktrace.syscall.Facts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Bits of arguments with a meaning of their own, from {@code free-bits.csv} and {@code exact.csv}. */
final class ArgumentFacts {
    private static final Map<String, Long> FREE = read("generalize/free-bits.csv");
    private static final Map<String, Long> EXACT = read("generalize/exact.csv");

    private ArgumentFacts() {}

    private static Map<String, Long> read(String file) {
        Map<String, Long> bits = new HashMap<>();
        for (String row : Facts.rows(file)) {
            List<String> fields = Facts.csv(row);
            bits.put(fields.get(0) + " " + fields.get(1), Long.decode(fields.get(2)));
        }
        return bits;
    }

    /** Bits that are never pinned. */
    static long free(String call, int index) {
        return FREE.getOrDefault(call + " " + index, 0L);
    }

    /** Bits whose combinations are never widened. */
    static long exact(String call, int index) {
        return EXACT.getOrDefault(call + " " + index, 0L);
    }
}
