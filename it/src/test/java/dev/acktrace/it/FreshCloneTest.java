package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tree as a clone has it, in a directory with spaces, started through a symbolic link from elsewhere. */
class FreshCloneTest {
    @Test
    void a_clone_builds_itself_and_learns_from_any_directory_through_a_link() throws IOException {
        Needs.orSkip("git", "mvn");
        try (Workspace workspace = Workspace.create("clone")) {
            Path clone = Files.createDirectories(workspace.file("a directory with spaces/the clone"));
            Finished copied = Sandbox.bare(
                    List.of(
                            "sh",
                            "-c",
                            "git -C \"$1\" ls-files -z -co --exclude-standard | (cd \"$1\" && tar c --null -T - --ignore-failed-read) | tar x -C \"$2\"",
                            "sh",
                            Project.ROOT.toString(),
                            clone.toString()),
                    workspace.fresh(),
                    Duration.ofMinutes(1));
            assertThat(copied.status()).as("%s", copied).isZero();
            Path link = Files.createSymbolicLink(workspace.file("a link"), clone.resolve("acktrace"));
            Path directory = workspace.fresh();
            List<String> words = List.of("env", "HOME=" + System.getProperty("user.home"), link.toString());
            Finished first = Sandbox.bare(
                    Acktrace.with(words, List.of("learn", "-o", "p.json", "--", "echo", "learned")),
                    directory,
                    Duration.ofMinutes(5));
            assertThat(first.status()).as("%s", first).isZero();
            assertThat(first.stdout()).isEqualTo("learned\n");
            assertThat(PolicyFile.read(directory.resolve("p.json")).allowed()).contains("execve", "write");
            Finished second =
                    Sandbox.bare(Acktrace.with(words, List.of("--version")), directory, Duration.ofMinutes(1));
            assertThat(second.stderr()).as("nothing is built the second time").isEmpty();
            workspace.good();
        }
    }
}
