package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the options of {@code acktrace learn} promise, on real targets. */
class LearnOptionsTest {
    private static Finished sandboxed(Path directory, List<String> words) {
        return Sandbox.run(words, directory, "", Duration.ofSeconds(60));
    }

    private static List<String> learn(Workspace workspace, String name, List<String> options, String... command) {
        List<String> words = Acktrace.words("learn", "--backend", "trace");
        words.addAll(List.of(
                "-r",
                recording(workspace, name).toString(),
                "-o",
                policy(workspace, name).toString()));
        words.addAll(options);
        words.add("--");
        words.addAll(Arrays.asList(command));
        return words;
    }

    private static Path recording(Workspace workspace, String name) {
        return workspace.file(name + ".jsonl");
    }

    private static Path policy(Workspace workspace, String name) {
        return workspace.file(name + ".json");
    }

    private static long stops(Path recording) throws IOException {
        return Files.readAllLines(recording).stream()
                .map(Json::parse)
                .filter(line -> line.need("line").text().equals("end"))
                .reduce((earlier, last) -> last)
                .orElseThrow()
                .need("stops")
                .number();
    }

    @Test
    void with_base_the_second_run_is_silent_and_gives_the_same_policy() throws IOException {
        try (Workspace workspace = Workspace.create("base")) {
            String[] command = {"sh", "-c", "ls /usr | wc -l; cat /etc/passwd | sort | head -1"};
            Finished first = sandboxed(workspace.fresh(), learn(workspace, "a", List.of(), command));
            List<String> base = List.of("--base", policy(workspace, "a").toString());
            Finished second = sandboxed(workspace.fresh(), learn(workspace, "b", base, command));
            assertThat(second.stdout()).as("%s", second).isEqualTo(first.stdout());
            assertThat(stops(recording(workspace, "a"))).isPositive();
            assertThat(stops(recording(workspace, "b")))
                    .as("calls reported though known")
                    .isZero();
            assertThat(policy(workspace, "b")).hasSameTextualContentAs(policy(workspace, "a"));
            workspace.good();
        }
    }

    @Test
    void with_base_only_what_is_new_is_learned() throws IOException {
        try (Workspace workspace = Workspace.create("new")) {
            String[] command = {Guests.path("handles").toString(), "ipc"};
            sandboxed(workspace.fresh(), learn(workspace, "a", List.of(), "true"));
            List<String> base = List.of("--base", policy(workspace, "a").toString());
            Finished second = sandboxed(workspace.fresh(), learn(workspace, "b", base, command));
            assertThat(second.status()).as("%s", second).isZero();
            sandboxed(workspace.fresh(), learn(workspace, "c", List.of(), command));
            NavigableSet<String> all =
                    new TreeSet<>(PolicyFile.read(policy(workspace, "a")).allowed());
            all.addAll(PolicyFile.read(policy(workspace, "c")).allowed());
            assertThat(PolicyFile.read(policy(workspace, "b")).allowed()).isEqualTo(all);
            assertThat(Learned.read(recording(workspace, "b")).shapes())
                    .extracting(Call::name)
                    .contains("shmget")
                    .doesNotContain("brk", "openat");
            workspace.good();
        }
    }

    @Test
    void a_recording_that_is_continued_is_silent_and_keeps_both_runs() throws IOException {
        try (Workspace workspace = Workspace.create("continued")) {
            sandboxed(workspace.fresh(), learn(workspace, "a", List.of(), "ls", "/"));
            String before = Files.readString(policy(workspace, "a"));
            sandboxed(workspace.fresh(), learn(workspace, "a", List.of(), "ls", "/"));
            assertThat(Learned.read(recording(workspace, "a")).ends()).isEqualTo(2);
            assertThat(policy(workspace, "a")).hasContent(before);
            workspace.good();
        }
    }

    @Test
    void json_follows_the_output_of_the_target() throws IOException {
        try (Workspace workspace = Workspace.create("json")) {
            Finished finished = sandboxed(workspace.fresh(), learn(workspace, "a", List.of("--json"), "true"));
            assertThat(finished.status()).as("%s", finished).isZero();
            assertThat(Json.parse(finished.stdout()).names()).isNotEmpty();
            workspace.good();
        }
    }

    @Test
    void following_the_root_ends_with_it_and_what_it_started_goes_on() throws IOException {
        try (Workspace workspace = Workspace.create("root")) {
            Path directory = workspace.fresh();
            String daemon = Guests.path("daemon").toString();
            Finished finished =
                    sandboxed(directory, learn(workspace, "a", List.of("--follow", "root"), daemon, "written"));
            assertThat(finished.status()).as("%s", finished).isEqualTo(4);
            assertThat(directory.resolve("written")).hasContent("written");
            workspace.good();
        }
    }

    @Test
    void following_all_learns_what_the_daemon_did_after_the_root_had_ended() {
        try (Workspace workspace = Workspace.create("all")) {
            String daemon = Guests.path("daemon").toString();
            Finished finished = sandboxed(workspace.fresh(), learn(workspace, "a", List.of(), daemon, "written"));
            assertThat(finished.status()).as("%s", finished).isEqualTo(4);
            assertThat(PolicyFile.read(policy(workspace, "a")).allowed()).contains("fdatasync", "setsid");
            workspace.good();
        }
    }

    /** A shell that starts the guest, attaches to it, and runs one more command after a moment. */
    private static List<String> attaching(Workspace workspace, String milliseconds, String afterwards) {
        List<String> learn = new ArrayList<>(Acktrace.words("learn", "--backend", "trace"));
        learn.addAll(List.of(
                "-r",
                recording(workspace, "a").toString(),
                "-o",
                policy(workspace, "a").toString()));
        String script = Guests.path("busy") + " " + milliseconds + " & p=$!; sleep 0.3; " + String.join(" ", learn)
                + " -p $p & l=$!; " + afterwards;
        return List.of("sh", "-c", script);
    }

    @Test
    void attaching_learns_all_threads_until_the_target_ends() {
        try (Workspace workspace = Workspace.create("attach")) {
            Finished finished = sandboxed(
                    workspace.fresh(),
                    attaching(workspace, "2500", "wait $l; echo learned $?; wait $p; echo ended $?"));
            assertThat(finished.stdout()).as("%s", finished).contains("ready", "over", "learned 0", "ended 0");
            NavigableSet<String> allowed =
                    PolicyFile.read(policy(workspace, "a")).allowed();
            assertThat(allowed).contains("openat", "read", "close", "execve", "kill", "wait4", "munmap", "exit_group");
            workspace.good();
        }
    }

    @Test
    void an_interrupted_attachment_lets_the_target_go_on() {
        try (Workspace workspace = Workspace.create("detach")) {
            Finished finished = sandboxed(
                    workspace.fresh(),
                    attaching(
                            workspace,
                            "3500",
                            "sleep 1.5; kill -INT $l; wait $l; echo left $?; wait $p; echo ended $?"));
            assertThat(finished.stdout()).as("%s", finished).contains("ready", "left ", "over", "ended 0");
            assertThat(PolicyFile.read(policy(workspace, "a")).allowed()).contains("openat", "read", "close");
            workspace.good();
        }
    }

    @Test
    void attaching_to_nobody_is_an_own_failure() {
        try (Workspace workspace = Workspace.create("nobody")) {
            Finished finished = Acktrace.run(workspace.fresh(), "learn", "-p", "999999");
            assertThat(finished.status()).as("%s", finished).isEqualTo(125);
            assertThat(finished.stderr()).contains("999999");
            workspace.good();
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void a_set_user_id_image_runs_without_its_privilege_and_that_is_said(Backend backend) throws IOException {
        Needs.orSkip("root", "setpriv");
        try (Workspace workspace = Workspace.create("privilege")) {
            Path open = workspace.openToAll();
            Path privileged = open.resolve("ids");
            Files.copy(Guests.path("ids"), privileged);
            assertThat(Sandbox.bare(List.of("chmod", "4755", privileged.toString()), open, Duration.ofSeconds(10))
                            .status())
                    .isZero();
            List<String> nobody = List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups");
            Finished plain = sandboxed(open, Acktrace.with(nobody, List.of(privileged.toString())));
            assertThat(plain.stdout()).isEqualTo("other user\n");
            List<String> words = new ArrayList<>(nobody);
            words.addAll(Acktrace.learning(
                    backend, open.resolve("r.jsonl"), open.resolve("p.json"), List.of(privileged.toString())));
            Finished traced = sandboxed(open, words);
            assertThat(traced.stdout()).as("%s", traced).isEqualTo("same user\n");
            assertThat(traced.stderr()).containsIgnoringCase("privilege");
            assertThat(Learned.read(open.resolve("r.jsonl")).notes()).isNotEmpty();
            workspace.good();
        }
    }

    @Test
    void an_accelerated_run_learns_the_same_and_counts_every_call() throws IOException {
        try (Workspace workspace = Workspace.create("accelerate")) {
            String[] command = {"find", "/usr/share", "-name", "zzz"};
            List<Path> recordings = new ArrayList<>();
            for (List<String> more : List.of(List.<String>of(), List.of("--no-accelerate"))) {
                String name = "run" + more.size();
                List<String> words = learn(workspace, name, more, command);
                words.set(words.indexOf("trace"), "ack");
                Finished ended = sandboxed(workspace.fresh(), words);
                assertThat(ended.status()).as("%s", ended).isZero();
                recordings.add(recording(workspace, name));
            }
            assertThat(Files.readString(policy(workspace, "run1")))
                    .isEqualTo(Files.readString(policy(workspace, "run0")));
            assertThat(stops(recordings.get(1)))
                    .isEqualTo(stops(recordings.get(0)))
                    .isGreaterThan(10_000);
            workspace.good();
        }
    }

    @Test
    void auto_is_ack_and_learns_32_bit_programs_in_the_middle_of_a_run() throws IOException {
        Needs.orSkip("m32");
        try (Workspace workspace = Workspace.create("auto")) {
            assertThat(Guests.build(List.of("mixed-32"))).isEmpty();
            String narrow = Guests.path("mixed-32").toString();
            Path policy = policy(workspace, "a");
            Finished ended = sandboxed(
                    workspace.fresh(),
                    Acktrace.words("learn", "-o", policy.toString(), "--", "sh", "-c", "\"$0\"; echo $?", narrow));
            assertThat(ended.status()).as("%s", ended).isZero();
            assertThat(ended.stdout()).endsWith("3\n");
            assertThat(ended.stderr()).contains("backend ack: its self-test passed here", "none known");
            assertThat(Files.readString(policy)).contains("SCMP_ARCH_X86_64", "SCMP_ARCH_X86\"", "ugetrlimit");
            workspace.good();
        }
    }

    @Test
    void what_cannot_be_accelerated_is_said() {
        try (Workspace workspace = Workspace.create("accelerate-trace")) {
            Finished ended = sandboxed(workspace.fresh(), learn(workspace, "a", List.of("--accelerate"), "true"));
            assertThat(ended.status()).isEqualTo(125);
            assertThat(ended.stderr())
                    .contains("cannot accelerate the backend 'trace'")
                    .contains("Use --backend ack, or leave --accelerate out.");
            workspace.good();
        }
    }
}
