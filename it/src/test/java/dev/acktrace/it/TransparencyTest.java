package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the target inherits and gives back is what it would be without acktrace. */
class TransparencyTest {
    private static Finished learn(Workspace workspace, List<String> before, List<String> command, String stdin) {
        List<String> words = new ArrayList<>(before);
        words.addAll(Acktrace.learning(workspace.file("r.jsonl"), workspace.file("p.json"), command));
        return Sandbox.run(words, workspace.fresh(), stdin, Duration.ofSeconds(60));
    }

    private static Finished plain(Workspace workspace, List<String> before, List<String> command, String stdin) {
        List<String> words = new ArrayList<>(before);
        words.addAll(command);
        return Sandbox.run(words, workspace.fresh(), stdin, Duration.ofSeconds(60));
    }

    private static void same(List<String> before, List<String> command, String stdin) {
        try (Workspace workspace = Workspace.create("same")) {
            Finished untraced = plain(workspace, before, command, stdin);
            Finished traced = learn(workspace, before, command, stdin);
            assertThat(traced.stdout()).as("%s", traced).isEqualTo(untraced.stdout());
            assertThat(traced.status()).as("%s", traced).isEqualTo(untraced.status());
            workspace.good();
        }
    }

    @Test
    void an_ordinary_environment_descriptors_masks_and_limits_are_handed_on() {
        same(List.of(), List.of(Guests.path("inherited").toString(), "show"), "");
    }

    @Test
    void an_odd_environment_descriptors_masks_and_limits_are_handed_on() {
        String inherited = Guests.path("inherited").toString();
        same(List.of(inherited, "odd"), List.of(inherited, "show", "", "two words", "--", "-x"), "");
    }

    @Test
    void enforcing_hands_on_the_same() {
        String inherited = Guests.path("inherited").toString();
        List<String> odd = List.of(inherited, "odd");
        List<String> show = List.of(inherited, "show");
        try (Workspace workspace = Workspace.create("enforced")) {
            Finished untraced = plain(workspace, odd, show, "");
            Finished traced = learn(workspace, odd, show, "");
            assertThat(traced.status()).as("%s", traced).isZero();
            Path policy = workspace.file("p.json");
            Finished enforced = plain(workspace, odd, Acktrace.enforcing(policy, "errno", show), "");
            assertThat(enforced.stdout()).as("%s", enforced).isEqualTo(untraced.stdout());
            workspace.good();
        }
    }

    @Test
    void a_descriptor_list_by_a_real_tool_is_the_same() {
        same(List.of(), List.of("sh", "-c", "ls /proc/self/fd; readlink /proc/self/fd/0 | sed 's,/[^/]*/stdin,,'"), "");
    }

    @Test
    void stdin_passes_through_to_its_last_byte() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 50_000; i++) {
            text.append("line ").append(i).append('\n');
        }
        same(List.of(), List.of("sha256sum"), text.toString());
        same(List.of("sh", "-c", "read first; exec \"$@\"", "sh"), List.of("cat"), "taken\nleft\nover");
    }

    @Test
    void stderr_of_the_target_is_all_of_it_with_quiet() {
        try (Workspace workspace = Workspace.create("quiet")) {
            List<String> words = Acktrace.words(
                    "learn", "--quiet", "-o", workspace.file("p.json").toString(), "--");
            Finished traced = plain(workspace, words, List.of("sh", "-c", "echo out; echo err >&2"), "");
            assertThat(traced.stderr()).isEqualTo("err\n");
            assertThat(traced.stdout()).isEqualTo("out\n");
            workspace.good();
        }
    }

    @TestFactory
    Stream<DynamicTest> the_exit_status_is_the_targets() {
        return Stream.of(0, 1, 2, 3, 42, 124, 125, 126, 127, 128, 130, 200, 255)
                .map(code -> DynamicTest.dynamicTest(
                        "exit " + code, () -> same(List.of(), List.of("sh", "-c", "exit " + code), "")));
    }

    @TestFactory
    Stream<DynamicTest> a_signal_that_ends_the_target_is_128_and_its_number() {
        return Stream.of(1, 2, 3, 4, 6, 8, 9, 10, 11, 13, 14, 15, 31, 34, 64)
                .map(signal -> DynamicTest.dynamicTest(
                        "signal " + signal,
                        () -> same(List.of(), List.of(Guests.path("die").toString(), String.valueOf(signal)), "")));
    }

    @Test
    void a_command_that_is_not_there_is_127_and_one_that_cannot_be_executed_126() {
        try (Workspace workspace = Workspace.create("status")) {
            assertThat(status(workspace, "/nonexistent/program")).isEqualTo(127);
            assertThat(status(workspace, "no-such-command-in-the-path")).isEqualTo(127);
            assertThat(status(workspace, "/etc/passwd")).isEqualTo(126);
            assertThat(status(workspace, "/etc")).isEqualTo(126);
            workspace.good();
        }
    }

    private static int status(Workspace workspace, String command) {
        Finished finished = learn(workspace, List.of(), List.of(command), "");
        assertThat(finished.stderr()).as("the failure names the command").contains(command);
        assertThat(finished.stdout()).isEmpty();
        return finished.status();
    }

    @Test
    void a_wrong_command_line_is_2_and_an_own_failure_125() {
        try (Workspace workspace = Workspace.create("usage")) {
            assertThat(Acktrace.run(workspace.fresh(), "learn", "--no-such-option", "--", "true")
                            .status())
                    .isEqualTo(2);
            assertThat(Acktrace.run(workspace.fresh(), "learn").status()).isEqualTo(2);
            assertThat(Acktrace.run(workspace.fresh(), "learn", "-o", "/nonexistent/directory/p.json", "--", "true")
                            .status())
                    .isEqualTo(125);
            workspace.good();
        }
    }
}
