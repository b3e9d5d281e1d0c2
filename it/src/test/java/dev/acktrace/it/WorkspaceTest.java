package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A test that went well leaves no directory behind. */
class WorkspaceTest {
    @Test
    void what_went_well_is_removed_and_what_did_not_is_kept() throws IOException {
        Workspace good = Workspace.create("good");
        Path removed = good.file("a");
        Files.createFile(removed);
        good.fresh();
        good.good();
        good.close();
        assertThat(Path.of(good.toString())).doesNotExist();
        Workspace bad = Workspace.create("bad");
        bad.close();
        Path kept = Path.of(bad.toString());
        assertThat(kept).exists();
        Workspace.delete(kept);
    }

    @Test
    void every_test_says_where_its_workspace_is_good() throws IOException {
        List<Path> tests;
        try (Stream<Path> all = Files.walk(Path.of("src/test/java"))) {
            tests = all.filter(file -> file.toString().endsWith(".java")
                            && !file.endsWith("Workspace.java")
                            && !file.endsWith("WorkspaceTest.java"))
                    .toList();
        }
        assertThat(tests).isNotEmpty();
        for (Path test : tests) {
            String text = Files.readString(test);
            assertThat(text.split("\\.good\\(\\)", -1).length)
                    .as("calls of good() in %s, for each Workspace.create()", test)
                    .isGreaterThanOrEqualTo(text.split("Workspace\\.create\\(", -1).length);
        }
    }
}
