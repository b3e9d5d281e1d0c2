package dev.acktrace.format;

import java.util.Collection;
import java.util.Locale;

/** Finds what somebody may have meant. */
final class Suggestions {
    private Suggestions() {}

    /** {@code ", perhaps \"x\""} if a candidate is at most two edits away, else nothing. */
    static String didYouMean(String given, Collection<String> candidates) {
        if (given.length() > 64) {
            return "";
        }
        String best = "";
        int least = Math.min(3, Math.max(2, given.length() / 2));
        for (String candidate : candidates) {
            int edits = distance(given.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (edits < least) {
                least = edits;
                best = candidate;
            }
        }
        return best.isEmpty() ? "" : ", perhaps \"" + best + "\"";
    }

    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int i = 0; i < row.length; i++) {
            row[i] = i;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int substitute = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
