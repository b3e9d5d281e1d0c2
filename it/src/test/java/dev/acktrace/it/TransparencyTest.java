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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the target inherits and gives back is what it would be without acktrace. */
class TransparencyTest {
    /** What /proc/PID/status says of signals with a handler: the stub's own is the one thing of it that shows. */
    private static final String NOTHING_IS_CAUGHT = "SigCgt:\t0000000000000000";

    private static final String SIGSYS_IS_CAUGHT = "SigCgt:\t0000000040000000";

    private static Finished learn(
            Backend backend, Workspace workspace, List<String> before, List<String> command, String stdin) {
        List<String> words = new ArrayList<>(before);
        words.addAll(Acktrace.learning(backend, workspace.file("r.jsonl"), workspace.file("p.json"), command));
        return Sandbox.run(words, workspace.fresh(), stdin, Duration.ofSeconds(60));
    }

    private static Finished plain(Workspace workspace, List<String> before, List<String> command, String stdin) {
        List<String> words = new ArrayList<>(before);
        words.addAll(command);
        return Sandbox.run(words, workspace.fresh(), stdin, Duration.ofSeconds(60));
    }

    private static void same(Backend backend, List<String> before, List<String> command, String stdin) {
        try (Workspace workspace = Workspace.create("same")) {
            Finished untraced = plain(workspace, before, command, stdin);
            Finished traced = learn(backend, workspace, before, command, stdin);
            String stdout = backend == Backend.ACK
                    ? traced.stdout().replace(SIGSYS_IS_CAUGHT, NOTHING_IS_CAUGHT)
                    : traced.stdout();
            assertThat(stdout).as("%s", traced).isEqualTo(untraced.stdout());
            assertThat(traced.status()).as("%s", traced).isEqualTo(untraced.status());
            workspace.good();
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void an_ordinary_environment_descriptors_masks_and_limits_are_handed_on(Backend backend) {
        same(backend, List.of(), List.of(Guests.path("inherited").toString(), "show"), "");
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void an_odd_environment_descriptors_masks_and_limits_are_handed_on(Backend backend) {
        String inherited = Guests.path("inherited").toString();
        same(backend, List.of(inherited, "odd"), List.of(inherited, "show", "", "two words", "--", "-x"), "");
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void enforcing_hands_on_the_same(Backend backend) {
        String inherited = Guests.path("inherited").toString();
        List<String> odd = List.of(inherited, "odd");
        List<String> show = List.of(inherited, "show");
        try (Workspace workspace = Workspace.create("enforced")) {
            Finished untraced = plain(workspace, odd, show, "");
            Finished traced = learn(backend, workspace, odd, show, "");
            assertThat(traced.status()).as("%s", traced).isZero();
            Path policy = workspace.file("p.json");
            Finished enforced = plain(workspace, odd, Acktrace.enforcing(policy, "errno", show), "");
            assertThat(enforced.stdout()).as("%s", enforced).isEqualTo(untraced.stdout());
            workspace.good();
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void a_descriptor_list_by_a_real_tool_is_the_same(Backend backend) {
        same(
                backend,
                List.of(),
                List.of("sh", "-c", "ls /proc/self/fd; readlink /proc/self/fd/0 | sed 's,/[^/]*/stdin,,'"),
                "");
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void stdin_passes_through_to_its_last_byte(Backend backend) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 50_000; i++) {
            text.append("line ").append(i).append('\n');
        }
        same(backend, List.of(), List.of("sha256sum"), text.toString());
        same(backend, List.of("sh", "-c", "read first; exec \"$@\"", "sh"), List.of("cat"), "taken\nleft\nover");
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
                .flatMap(code -> Stream.of(Backend.values())
                        .map(backend -> DynamicTest.dynamicTest(
                                "exit " + code + " by " + backend.option(),
                                () -> same(backend, List.of(), List.of("sh", "-c", "exit " + code), ""))));
    }

    @TestFactory
    Stream<DynamicTest> a_signal_that_ends_the_target_is_128_and_its_number() {
        return Stream.of(1, 2, 3, 4, 6, 8, 9, 10, 11, 13, 14, 15, 31, 34, 64)
                .flatMap(signal -> Stream.of(Backend.values())
                        .map(backend -> DynamicTest.dynamicTest(
                                "signal " + signal + " by " + backend.option(),
                                () -> same(
                                        backend,
                                        List.of(),
                                        List.of(Guests.path("die").toString(), String.valueOf(signal)),
                                        ""))));
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void a_command_that_is_not_there_is_127_and_one_that_cannot_be_executed_126(Backend backend) {
        try (Workspace workspace = Workspace.create("status")) {
            assertThat(status(backend, workspace, "/nonexistent/program")).isEqualTo(127);
            assertThat(status(backend, workspace, "no-such-command-in-the-path"))
                    .isEqualTo(127);
            assertThat(status(backend, workspace, "/etc/passwd")).isEqualTo(126);
            assertThat(status(backend, workspace, "/etc")).isEqualTo(126);
            workspace.good();
        }
    }

    private static int status(Backend backend, Workspace workspace, String command) {
        Finished finished = learn(backend, workspace, List.of(), List.of(command), "");
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
