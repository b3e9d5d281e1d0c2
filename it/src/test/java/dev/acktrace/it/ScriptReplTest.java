package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions without a terminal, on a real Python program. */
class ScriptReplTest {
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    Path directory;

    private String guest = "";

    @BeforeEach
    void guest() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs " + PYTHON);
        guest = ReplProcess.guest(directory).toString();
    }

    /** Starts a session; another backend may be chosen here. */
    ReplProcess start(Path in, String... words) throws IOException {
        return ReplProcess.start(in, words);
    }

    /** Learns all that the program does without its words, then asks about the rest. */
    private ReplProcess asking(String... words) throws IOException, InterruptedException {
        ReplProcess repl = start(directory, words);
        repl.send("run -- " + PYTHON + " " + guest, "wait", "mode ask");
        repl.expect("mode ask");
        return repl;
    }

    private String run(String words) {
        return "run -- " + PYTHON + " " + guest + " " + words;
    }

    @Test
    void a_first_session_learns_and_saves_a_policy_under_which_the_program_works() throws Exception {
        try (ReplProcess repl = start(directory, "--", PYTHON, guest, "connect")) {
            repl.send("run", "wait", "seen connect", "save p.json", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out())
                    .contains(
                            "connected", "exited with status 0", "learned  x1  connect(", "rules written to 'p.json'");
        }
        Process enforced = new ProcessBuilder(
                        ReplProcess.root().resolve("acktrace").toString(),
                        "run",
                        "--policy",
                        "p.json",
                        "--",
                        PYTHON,
                        guest,
                        "connect")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(enforced.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("connected");
        assertThat(enforced.waitFor()).isZero();
    }

    @Test
    void a_session_begins_with_a_policy_and_what_it_includes() throws Exception {
        Files.writeString(directory.resolve("main.policy"), "@include ./base.policy\nwrite: 1\n");
        Files.writeString(directory.resolve("base.policy"), "fsync: 1\n");
        try (ReplProcess repl = start(directory, "--policy", "main.policy", "-c", "save out.json")) {
            assertThat(repl.end()).isZero();
        }
        assertThat(directory.resolve("out.json")).content().contains("\"fsync\"", "\"write\"");
    }

    @Test
    void a_wrong_line_stops_the_script_and_is_named_with_line_and_column() throws Exception {
        try (ReplProcess repl = start(directory)) {
            repl.send("status", "  allow conect", "save never.json");
            assertThat(repl.end()).isEqualTo(2);
            assertThat(repl.err()).contains("standard input, line 2, column 9: no system call 'conect'");
            assertThat(directory.resolve("never.json")).doesNotExist();
        }
    }

    @Test
    void what_fails_is_named_with_its_line_and_keep_going_goes_on() throws Exception {
        try (ReplProcess repl = start(directory, "--keep-going")) {
            repl.send("undo", "run -- /no/such/program", "status", "quit");
            assertThat(repl.end()).isEqualTo(2);
            assertThat(repl.err())
                    .contains("line 1, column 1: cannot undo", "line 2, column 1: cannot start '/no/such/program'");
            assertThat(repl.out()).contains("questions 0");
        }
    }

    @Test
    void an_unknown_connect_is_asked_about_and_its_denial_reaches_the_program() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send(run("connect"), "wait 60");
            repl.expectQuestion("connect");
            repl.send("answer deny ECONNREFUSED", "wait 60", "why connect", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out())
                    .contains("{AF_INET, 127.0.0.1:", "connect says ECONNREFUSED", "deny ECONNREFUSED connect")
                    .contains("libc.so.6 connect+0x");
        }
    }

    @Test
    void allowing_ioctl_for_one_request_asks_again_about_another() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send(run("group size"), "wait 60");
            repl.expectQuestion("ioctl");
            repl.send("answer args", "wait 60");
            repl.expect("ioctl 0x540f says ENOTTY");
            repl.expectQuestion("ioctl");
            repl.send("answer deny EACCES", "wait 60", "explain ioctl 0 0x540f", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out()).contains("ioctl 0x5413 says EACCES", " deny EACCES ioctl");
        }
    }

    @Test
    void undo_asks_again() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send(run("connect sleep connect"), "wait 60");
            repl.expectQuestion("connect");
            repl.send("answer deny ECONNREFUSED", "undo", "wait 60");
            repl.expectQuestion("connect");
            repl.send("answer allow", "wait 60", "history", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out())
                    .contains("connect says ECONNREFUSED", "connected\n", " deny ECONNREFUSED connect (taken back)");
        }
    }

    @Test
    void two_threads_that_wait_for_the_same_answer_are_one_question() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send("allow @wait", "allow @memory", "allow @signal", run("threads"), "wait 60");
            int question = repl.expectQuestion("sched_rr_get_interval");
            awaitBoth(repl);
            repl.send("answer deny ENOTSUP", "wait 60", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out().split("interval says ENOTSUP|interval says EOPNOTSUPP", -1))
                    .hasSize(3);
            assertThat(repl.questionsAbout("sched_rr_get_interval")).containsExactly(question);
        }
    }

    private static void awaitBoth(ReplProcess repl) throws IOException, InterruptedException {
        long until = System.nanoTime() + ReplProcess.PATIENCE_MS * 1_000_000;
        while (!repl.out().contains("and 1 more waiting") && System.nanoTime() < until) {
            repl.send("question");
            Thread.sleep(100);
        }
        assertThat(repl.out()).contains("and 1 more waiting");
    }

    @Test
    void a_target_that_waits_for_an_answer_can_be_killed() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send(run("connect"), "wait 60");
            repl.expectQuestion("connect");
            repl.send("kill", "status", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out()).contains("ended by SIGKILL", "questions 0").doesNotContain("connected");
        }
    }

    @Test
    void a_signal_interrupts_a_call_that_waits_for_an_answer() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send(run("interval"), "wait 60");
            repl.expectQuestion("sched_rr_get_interval");
            repl.send("signal TERM", "wait 60", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out()).contains("1 waiting call ended with EINTR", "ended by SIGTERM");
        }
    }

    @Test
    void enforce_mode_refuses_and_names_what_was_not_learned() throws Exception {
        try (ReplProcess repl = asking()) {
            repl.send("mode enforce", run("interval"), "wait 60", "seen --standing refused", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out())
                    .contains("interval says EPERM")
                    .containsPattern("refused +x1 +sched_rr_get_interval");
            assertThat(repl.err()).contains("refused with EPERM: sched_rr_get_interval");
        }
    }

    @Test
    void the_mode_changes_while_the_target_runs() throws Exception {
        try (ReplProcess repl = start(directory)) {
            repl.send(run("sleep interval sleep connect"));
            repl.expect("ready");
            repl.send("mode enforce", "wait 60", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out()).contains("interval says EPERM", "connect says EPERM");
        }
    }

    @Test
    void a_session_that_was_killed_goes_on_with_its_decisions_and_its_evidence() throws Exception {
        try (ReplProcess killed = asking("-r", "r.jsonl")) {
            killed.send(run("connect"), "wait 60");
            killed.expectQuestion("connect");
            killed.send("answer deny ECONNREFUSED", "wait 60");
            killed.expect("connect says ECONNREFUSED");
            killed.killLearner();
        }
        try (ReplProcess again = start(directory, "-r", "r.jsonl", "--mode", "enforce")) {
            again.send(run("connect"), "wait 60", "history", "save p.json --approved-only", "quit");
            assertThat(again.end()).isZero();
            assertThat(again.out()).contains("connect says ECONNREFUSED", " deny ECONNREFUSED connect", "done");
            assertThat(again.err()).containsPattern("[0-9]+ decisions? from 'r.jsonl.decisions.jsonl'");
        }
    }

    @Test
    void only_what_a_start_policy_refuses_is_asked() throws Exception {
        try (ReplProcess first = start(directory)) {
            first.send(run(""), "wait 60", "save p.json", "quit");
            assertThat(first.end()).isZero();
        }
        try (ReplProcess second = start(directory, "--policy", "p.json", "--mode", "ask")) {
            second.send(run("connect"), "wait 60");
            second.expectQuestion("connect");
            second.send("answer allow", "wait 60", "diff", "save", "quit");
            assertThat(second.end()).isZero();
            assertThat(second.out()).contains("connected", "+ allow connect");
        }
        assertThat(Files.readString(directory.resolve("p.json"))).contains("\"connect\"");
        assertThat(Files.readString(directory.resolve("p.json.decisions.jsonl")))
                .contains("\"connect\"");
    }

    @Test
    void what_a_session_saves_is_what_learn_writes_of_the_same_program() throws Exception {
        try (ReplProcess repl = start(directory, "--", "/bin/true")) {
            repl.send("run", "wait 60", "save names.json", "save args.json --rules args", "quit");
            assertThat(repl.end()).isZero();
        }
        for (String rules : new String[] {"names", "args"}) {
            String learned = "learned-" + rules + ".json";
            Process learn = new ProcessBuilder(
                            ReplProcess.root().resolve("acktrace").toString(),
                            "learn",
                            "-q",
                            "--rules",
                            rules,
                            "-o",
                            learned,
                            "--",
                            "/bin/true")
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(learn.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEmpty();
            assertThat(learn.waitFor()).isZero();
            assertThat(directory.resolve(rules + ".json")).hasSameTextualContentAs(directory.resolve(learned));
        }
    }

    @Test
    void phases_have_the_calls_that_were_made_in_them() throws Exception {
        try (ReplProcess repl = start(directory)) {
            repl.send(run("sleep sleep interval"));
            repl.expect("ready");
            repl.send("phase serving", "wait 60", "save serving.json --phase serving", "quit");
            assertThat(repl.end()).isZero();
        }
        assertThat(Files.readString(directory.resolve("serving.json")))
                .contains("sched_rr_get_interval")
                .doesNotContain("listen");
    }
}
