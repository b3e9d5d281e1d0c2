package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Calls of the launcher script, inside the sandbox. */
final class Acktrace {
    static {
        Finished started =
                Sandbox.bare(List.of(Project.LAUNCHER.toString(), "--version"), Path.of("/tmp"), Duration.ofMinutes(5));
        assertThat(started.status()).as("acktrace --version: %s", started).isZero();
    }

    private Acktrace() {}

    /** The launcher with these words behind it, for those who run it themselves. */
    static List<String> words(String... words) {
        List<String> all = new ArrayList<>();
        all.add(Project.LAUNCHER.toString());
        all.addAll(List.of(words));
        return all;
    }

    /** {@code acktrace learn --backend trace -r RECORDING -o POLICY -- COMMAND}. */
    static List<String> learning(Path recording, Path policy, List<String> command) {
        return learning(Backend.TRACE, recording, policy, command);
    }

    /** {@code acktrace learn --backend BACKEND -r RECORDING -o POLICY -- COMMAND}. */
    static List<String> learning(Backend backend, Path recording, Path policy, List<String> command) {
        return with(
                words(
                        "learn",
                        "--backend",
                        backend.option(),
                        "-r",
                        recording.toString(),
                        "-o",
                        policy.toString(),
                        "--"),
                command);
    }

    /** {@code acktrace run --policy POLICY --on-deny WHAT -- COMMAND}. */
    static List<String> enforcing(Path policy, String onDeny, List<String> command) {
        return with(words("run", "--policy", policy.toString(), "--on-deny", onDeny, "--"), command);
    }

    static List<String> with(List<String> words, List<String> command) {
        List<String> all = new ArrayList<>(words);
        all.addAll(command);
        return all;
    }

    /** Runs the launcher with these words in a directory, nothing on its stdin. */
    static Finished run(Path directory, String... words) {
        return Sandbox.run(words(words), directory, "", Duration.ofSeconds(60));
    }
}
