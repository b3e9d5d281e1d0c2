package dev.acktrace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every test that {@code docs/ACK_PROOF.md} names exists, where the name says. */
class AckProofTest {
    private static final Path TOP = Path.of("..");
    private static final Path HELPER_TESTS = TOP.resolve("native-helper/tests");
    private static final Pattern ROW = Pattern.compile("^\\| (.+) \\| (.+) \\|$");
    private static final Pattern NAME = Pattern.compile("`((?:live|case|\\w+\\.c|\\w+\\.java): [^`]+)`");

    /** The second column of each row, by the first; without the heads of the tables. */
    private static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new TreeMap<>();
        for (String line : Files.readAllLines(TOP.resolve("docs/ACK_PROOF.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && !row.group(2).equals("tests")) {
                rows.put(row.group(1), row.group(2));
            }
        }
        return rows;
    }

    private static List<String> names(String column) {
        List<String> names = new ArrayList<>();
        Matcher name = NAME.matcher(column);
        while (name.find()) {
            names.add(name.group(1));
        }
        return names;
    }

    @Test
    void every_promise_has_a_test_and_nothing_else_stands_beside_it() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(50);
        assertThat(rows()).allSatisfy((promise, column) -> {
            assertThat(names(column)).as(promise).isNotEmpty();
            assertThat(NAME.matcher(column).replaceAll("").replace(", ", ""))
                    .as(promise)
                    .isEmpty();
        });
    }

    @Test
    void every_test_that_is_named_exists() throws IOException {
        String live = Files.readString(HELPER_TESTS.resolve("live.sh"));
        String cases = Files.readString(TOP.resolve("it/src/test/resources/dev/acktrace/it/cases.json"));
        Map<String, String> java = javaTests();
        List<String> missing = new ArrayList<>();
        for (String column : rows().values()) {
            for (String name : names(column)) {
                String[] parts = name.split(": ", 2);
                boolean exists = switch (parts[0]) {
                    case "live" -> live.contains("\nt_" + parts[1].replace(' ', '_') + "() {");
                    case "case" -> cases.contains("{\"name\": \"" + parts[1] + "\",");
                    default ->
                        parts[0].endsWith(".c")
                                ? isMadeAndRun(cSource(parts[0]), parts[1])
                                : Pattern.compile("[> ]" + Pattern.quote(parts[1]) + "\\(")
                                        .matcher(java.getOrDefault(parts[0], ""))
                                        .find();
                };
                if (!exists) {
                    missing.add(name);
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    /** A static function that is called, or handed to whoever calls it. */
    private static boolean isMadeAndRun(String source, String function) {
        Pattern made = Pattern.compile("(?m)^static [\\w *]+\\b" + function + "\\(");
        return made.matcher(source).find() && source.split("\\b" + function + "\\b", -1).length > 2;
    }

    private static String cSource(String name) throws IOException {
        Path guest = HELPER_TESTS.resolve("guests").resolve(name);
        Path unit = HELPER_TESTS.resolve(name);
        return Files.exists(guest) ? Files.readString(guest) : Files.exists(unit) ? Files.readString(unit) : "";
    }

    private static Map<String, String> javaTests() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (String module : List.of("agent", "cli", "it")) {
            List<Path> files;
            try (Stream<Path> all = Files.walk(TOP.resolve(module).resolve("src/test/java"))) {
                files = all.filter(file -> file.toString().endsWith("Test.java"))
                        .collect(Collectors.toList());
            }
            for (Path file : files) {
                sources.merge(file.getFileName().toString(), Files.readString(file), String::concat);
            }
        }
        return sources;
    }
}
