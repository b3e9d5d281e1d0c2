package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions at a terminal that tmux keeps. */
class TerminalReplTest {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String PROMPT = "acktrace>";

    @TempDir
    Path directory;

    private String guest = "";

    @BeforeEach
    void guest() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs " + PYTHON);
        Assumptions.assumeTrue(Tmux.isThere(), "needs tmux");
        guest = ReplProcess.guest(directory).toString();
    }

    private Tmux session(String environment, String words) throws IOException, InterruptedException {
        Tmux tmux = new Tmux(
                directory, 80, 40, environment + " " + ReplProcess.root().resolve("acktrace") + " repl " + words);
        tmux.expect(PROMPT);
        return tmux;
    }

    private String run(String words) {
        return "run -- " + PYTHON + " " + guest + " " + words;
    }

    private void learnThenAsk(Tmux tmux) throws IOException, InterruptedException {
        tmux.line(run(""));
        tmux.expect("the target has ended");
        tmux.line("mode ask");
        tmux.expect("mode ask: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"trace", "ack"})
    void one_key_and_an_errno_deny_a_connect_and_the_program_says_so(String backend) throws Exception {
        try (Tmux tmux = session("", "--backend " + backend)) {
            learnThenAsk(tmux);
            tmux.line("allow futex"); // depends on how threads happen to meet
            tmux.line(run("connect"));
            tmux.expect("question 1: connect(fd: ");
            tmux.expect("? keys");
            Thread.sleep(500); // keys that come earlier are type-ahead and dropped
            tmux.press("n");
            tmux.expect("errno [EPERM]:");
            tmux.line("ECONNREFUSED");
            tmux.expect("| connect says ECONNREFUSED");
            tmux.line("quit --force");
            tmux.expect("the session ended with 0");
        }
    }

    @Test
    void a_running_program_is_tightened_and_says_so_above_the_prompt() throws Exception {
        try (Tmux tmux = session("", "")) {
            learnThenAsk(tmux);
            tmux.line("mode learn");
            tmux.expect("mode learn: ");
            tmux.line(run("sleep sleep sleep sleep interval"));
            tmux.expect("| ready");
            tmux.type("enforce n");
            tmux.press("Tab");
            tmux.expect(PROMPT + " enforce now");
            tmux.line("");
            tmux.expect("1 thread has the filter, 1 process at once (TSYNC)");
            tmux.expect("| interval says EPERM");
            tmux.expect("refused with EPERM: sched_rr_get_interval");
        }
    }

    @Test
    void what_was_typed_before_a_question_does_not_answer_it_and_comes_back() throws Exception {
        try (Tmux tmux = session("", "")) {
            learnThenAsk(tmux);
            tmux.line(run("sleep interval"));
            tmux.expect("| ready");
            tmux.type("history");
            tmux.expect("question 1: sched_rr_get_interval");
            tmux.type("yyy");
            Thread.sleep(500);
            assertThat(tmux.screen()).doesNotContain("allow sched_rr_get_interval");
            tmux.press("y");
            tmux.expect("#1 allow sched_rr_get_interval");
            tmux.expect(PROMPT + " history");
        }
    }

    @Test
    void control_c_clears_the_line_and_ends_nothing() throws Exception {
        try (Tmux tmux = session("", "")) {
            tmux.type("allow conn");
            tmux.press("C-c");
            tmux.press("C-c");
            tmux.expect("^C ends nothing here");
            tmux.line("status");
            tmux.expect("questions 0");
        }
    }

    @Test
    void control_c_ends_a_command_that_waits_and_not_the_target() throws Exception {
        try (Tmux tmux = session("", "-- sleep 300")) {
            tmux.line("run");
            tmux.expect("runs in mode learn");
            tmux.line("wait");
            Thread.sleep(300);
            tmux.press("C-c");
            tmux.expect("interrupted");
            tmux.line("status");
            tmux.expect("target    process");
            tmux.line("kill");
            tmux.expect("ended by SIGKILL");
        }
    }

    @Test
    void leaving_asks_about_decisions_that_are_not_saved() throws Exception {
        try (Tmux tmux = session("", "")) {
            tmux.line("allow connect");
            tmux.expect("#1 allow connect");
            tmux.press("C-d");
            tmux.expect("are not saved in a policy. Leave? [y/n]");
            tmux.press("n");
            tmux.line("save p.json");
            tmux.expect("written to 'p.json'");
            tmux.press("C-d");
            tmux.expect("the session ended with 0");
        }
        assertThat(Files.readString(directory.resolve("p.json"))).contains("connect");
    }

    @Test
    void tab_completes_calls_with_a_line_about_each() throws Exception {
        try (Tmux tmux = session("", "")) {
            tmux.type("allow connec");
            tmux.press("Tab");
            tmux.expect(PROMPT + " allow connect");
            tmux.press("C-c");
            tmux.type("allow socket");
            tmux.press("Tab");
            tmux.expect("network: domain, type, protocol");
            tmux.press("C-c");
        }
    }

    @Test
    void the_history_of_one_session_is_there_in_the_next() throws Exception {
        try (Tmux tmux = session("", "")) {
            tmux.line("note first session");
            tmux.press("C-d");
            tmux.expect("the session ended with 0");
        }
        assertThat(directory.resolve("state/acktrace/history")).exists();
        try (Tmux tmux = session("", "")) {
            tmux.press("Up");
            tmux.expect(PROMPT + " note first session");
        }
    }

    @Test
    void a_dumb_terminal_gets_no_escape_sequence_and_can_be_asked() throws Exception {
        try (Tmux tmux = session("TERM=dumb", "")) {
            learnThenAsk(tmux);
            tmux.line(run("connect"));
            tmux.expect("question 1: connect(fd: ");
            tmux.expect("? keys");
            Thread.sleep(500);
            tmux.line("o");
            tmux.expect("| connected");
            assertThat(tmux.coloredScreen()).doesNotContain("\u001b[3").doesNotContain("^[");
        }
    }

    @Test
    void no_color_is_honoured() throws Exception {
        try (Tmux tmux = session("NO_COLOR=1", "")) {
            tmux.line("frobnicate");
            tmux.expect("no command 'frobnicate'");
            tmux.type("help al");
            tmux.press("Tab");
            tmux.expect(PROMPT + " help allow");
            assertThat(tmux.coloredScreen()).doesNotContain("\u001b[3");
        }
    }

    @Test
    void the_status_line_follows_the_size_of_the_window() throws Exception {
        try (Tmux tmux = session("", "")) {
            tmux.expect("learn | none |");
            tmux.resize(60, 20);
            tmux.line("status");
            tmux.expect("questions 0");
            tmux.resize(100, 30);
            tmux.line("mode enforce");
            tmux.expect("mode enforce: ");
            tmux.expect("enforce | none |");
            tmux.line("status");
            assertThat(tmux.expect("decisions 0")).contains(PROMPT);
        }
    }

    @Test
    void the_target_has_a_terminal_of_its_own_that_can_be_worked_in() throws Exception {
        try (Tmux tmux = session("", "-- /bin/sh -c 'tty; read line; echo \"got $line\"; read more'")) {
            tmux.line("run");
            tmux.expect("| /dev/pts/");
            tmux.line("fg");
            Thread.sleep(500);
            tmux.line("hello there");
            tmux.expect("got hello there");
            tmux.press("C-]");
            tmux.expect(PROMPT);
            tmux.line("signal INT");
            tmux.expect("the target has ended");
            tmux.line("log 3");
            tmux.expect("got hello there");
        }
    }
}
