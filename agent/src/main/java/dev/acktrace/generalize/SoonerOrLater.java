package dev.acktrace.generalize;

import dev.acktrace.syscall.Facts;
import java.util.List;
import java.util.function.Predicate;

/**
 * A call that a program needs sooner or later, and that one run may not show: a row of {@code generalize/always.csv}.
 *
 * @param call its name
 * @param reason who makes it
 */
public record SoonerOrLater(String call, String reason) {
    /** The rows that hold for a program of which these calls were seen: those without a condition, and those with. */
    public static List<SoonerOrLater> of(Predicate<String> seen) {
        return Facts.rows("generalize/always.csv").stream()
                .map(Facts::csv)
                .filter(fields -> fields.get(1).isEmpty() || seen.test(fields.get(1)))
                .map(fields -> new SoonerOrLater(fields.get(0), fields.get(2)))
                .toList();
    }
}
