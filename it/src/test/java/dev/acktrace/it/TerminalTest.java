package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Dialogues on a terminal, each first without acktrace (so that the dialogue itself is right) and then with it. */
class TerminalTest {
    private static final List<String> SHELL = List.of("env", "PS1=ready> ", "bash", "--norc", "--noediting", "-i");

    private static final List<Optional<Backend>> WAYS =
            List.of(Optional.empty(), Optional.of(Backend.TRACE), Optional.of(Backend.ACK));

    private static final String JOB = Guests.path("job").toString();

    private static void play(String dialogue, List<String> command, Workspace workspace) throws IOException {
        Path file = Files.writeString(workspace.file("dialogue"), dialogue.replace("JOB", JOB));
        List<String> words = new ArrayList<>(List.of(
                "/usr/bin/python3", Project.GUEST_SOURCES.resolve("terminal.py").toString()));
        words.add(file.toString());
        words.addAll(command);
        Finished played = Sandbox.run(words, workspace.fresh(), "", Duration.ofMinutes(2));
        assertThat(played.status()).as("%s", played).isZero();
    }

    /** The dialogue with the whole shell as the target. */
    private static Stream<DynamicTest> aroundTheShell(String dialogue) {
        return WAYS.stream()
                .map(way -> DynamicTest.dynamicTest(name(way), () -> {
                    Needs.orSkip("python3", "bash");
                    try (Workspace workspace = Workspace.create("terminal")) {
                        List<String> command = way.map(backend -> learning(backend, workspace, SHELL))
                                .orElse(SHELL);
                        play(dialogue, command, workspace);
                        workspace.good();
                    }
                }));
    }

    /** The dialogue with one job of the shell as the target; {@code @} stands before its command. */
    private static Stream<DynamicTest> insideTheShell(String dialogue) {
        return WAYS.stream()
                .map(way -> DynamicTest.dynamicTest(name(way), () -> {
                    Needs.orSkip("python3", "bash");
                    try (Workspace workspace = Workspace.create("terminal")) {
                        String prefix = way.map(
                                        backend -> String.join(" ", learning(backend, workspace, List.of())) + " ")
                                .orElse("");
                        play(dialogue.replace("@", prefix), SHELL, workspace);
                        workspace.good();
                    }
                }));
    }

    private static String name(Optional<Backend> way) {
        return way.map(backend -> "learning by " + backend.option()).orElse("untraced");
    }

    private static List<String> learning(Backend backend, Workspace workspace, List<String> command) {
        return Acktrace.learning(backend, workspace.file("r.jsonl"), workspace.file("p.json"), command);
    }

    private static String jobControl(String job) {
        return """
                expect ready>\\s
                send %s\\n
                expect \\nbegun\\r
                send \\x1a
                expect Stopped.*ready>\\s
                send jobs\\n
                expect Stopped.*ready>\\s
                send fg\\n
                expect \\nagain\\r
                send \\x1a
                expect Stopped.*ready>\\s
                send bg\\n
                expect again\\r
                shell
                send fg\\n
                job
                send \\x03
                expect ready>\\s
                send echo status $?\\n
                expect status 130\\r
                send exit 3\\n
                end 3
                """.formatted(job);
    }

    @TestFactory
    Stream<DynamicTest> a_job_is_stopped_continued_and_interrupted_by_a_shell_that_is_learned() {
        return aroundTheShell(jobControl(JOB));
    }

    @TestFactory
    Stream<DynamicTest> a_job_that_is_learned_is_stopped_continued_and_interrupted_by_the_shell() {
        return insideTheShell(jobControl("@" + JOB));
    }

    @TestFactory
    Stream<DynamicTest> a_job_in_the_background_stops_when_it_reads_the_terminal() {
        return insideTheShell("""
                expect ready>\\s
                send @cat &\\n
                expect ready>\\s
                send until jobs | grep -q Stopped; do sleep 0.1; done; jobs\\n
                expect Stopped.*ready>\\s
                send fg\\n
                expect cat
                send typed\\n
                expect typed\\r.*typed\\r
                send \\x04
                expect ready>\\s
                send echo status $?\\n
                expect status 0\\r
                send exit 0\\n
                end 0
                """);
    }

    @TestFactory
    Stream<DynamicTest> the_terminal_is_one_for_the_target_and_its_size_follows() {
        return insideTheShell("""
                resize 33 77
                expect ready>\\s
                send @sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size && tty >/dev/null && echo all'\\n
                expect \\n33 77\\r.*\\nall\\r
                expect ready>\\s
                send @JOB\\n
                expect \\n33 77\\r
                resize 44 88
                expect \\n44 88\\r
                send \\x03
                expect ready>\\s
                send exit 0\\n
                end 0
                """);
    }

    @TestFactory
    Stream<DynamicTest> a_quit_and_a_caught_interrupt_reach_the_target_once() {
        return insideTheShell("""
                expect ready>\\s
                send @JOB catch\\n
                expect \\nbegun\\r
                send \\x03
                expect caught\\r
                send \\x03
                expect caught\\r
                send \\x1c
                expect ready>\\s
                send echo status $?\\n
                expect status 131\\r
                send exit 0\\n
                end 0
                """);
    }

    @TestFactory
    Stream<DynamicTest> the_terminal_of_a_shell_that_is_learned_hangs_up_and_nobody_is_left() {
        return aroundTheShell("""
                expect ready>\\s
                send JOB\\n
                expect \\nbegun\\r
                send \\x1a
                expect Stopped.*ready>\\s
                """);
    }

    @TestFactory
    Stream<DynamicTest> the_terminal_hangs_up_on_the_job_of_a_shell_that_is_learned_and_nobody_is_left() {
        return aroundTheShell("""
                expect ready>\\s
                send JOB\\n
                expect \\nbegun\\r
                """);
    }

    @TestFactory
    Stream<DynamicTest> the_terminal_of_a_job_that_is_learned_hangs_up_and_nobody_is_left() {
        return insideTheShell("""
                expect ready>\\s
                send @JOB\\n
                expect \\nbegun\\r
                """);
    }
}
