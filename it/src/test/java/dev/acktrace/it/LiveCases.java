package dev.acktrace.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The table of cases. */
final class LiveCases {
    private LiveCases() {}

    /** The cases whose names match the system property {@code acktrace.live.case}, a regular expression; else all. */
    static List<LiveCase> chosen() {
        String pattern = System.getProperty("acktrace.live.case", ".*");
        return table().stream().filter(live -> live.name().matches(pattern)).toList();
    }

    /** All cases. */
    static List<LiveCase> table() {
        try (InputStream in = LiveCases.class.getResourceAsStream("cases.json")) {
            if (in == null) {
                throw new IllegalStateException("cases.json is not on the class path");
            }
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)).elements().stream()
                    .map(LiveCase::from)
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
