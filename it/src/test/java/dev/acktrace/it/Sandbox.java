package dev.acktrace.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs commands in a pid, mount, network and ipc namespace of their own: whatever they leave behind dies with it.
 * Process 1 there is the guest {@code reaper}, which waits for every process, so a run ends when nobody is left.
 */
final class Sandbox {
    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private Sandbox() {}

    static boolean isRoot() {
        return ROOT;
    }

    /** The words to put before a command. */
    static List<String> words() {
        List<String> words = new ArrayList<>(List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"));
        words.addAll(List.of("--net", "--ipc"));
        if (!ROOT) {
            words.add("--map-root-user");
        }
        words.add(Guests.path("reaper").toString());
        return words;
    }

    /** Runs a command inside, with that directory as working directory and home. */
    static Finished run(List<String> command, Path directory, String stdin, Duration limit) {
        List<String> words = words();
        words.addAll(command);
        return execute(words, directory, stdin, limit);
    }

    /** Runs a command outside of any sandbox: compilers, and what brings its own. */
    static Finished bare(List<String> command, Path directory, Duration limit) {
        return execute(command, directory, "", limit);
    }

    /** The environment of every command: small, and the same on every machine. */
    static Map<String, String> environment(Path directory) {
        return Map.of(
                "PATH",
                PATH,
                "HOME",
                directory.toString(),
                "TMPDIR",
                directory.toString(),
                "LANG",
                "C.UTF-8",
                "TERM",
                "dumb");
    }

    /** A started command; its output goes to files of their own. */
    static ProcessBuilder prepare(List<String> command, Path directory) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment(directory));
        return builder;
    }

    private static Finished execute(List<String> command, Path directory, String stdin, Duration limit) {
        try {
            Path files = Files.createTempDirectory("acktrace-live-io");
            try {
                return execute(command, directory, stdin, limit, files);
            } finally {
                Workspace.delete(files);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static Finished execute(List<String> command, Path directory, String stdin, Duration limit, Path files)
            throws IOException, InterruptedException {
        Path in = Files.writeString(files.resolve("stdin"), stdin);
        Path out = files.resolve("stdout");
        Path err = files.resolve("stderr");
        Process process = prepare(command, directory)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        return new Finished(
                ended ? process.exitValue() : Finished.TIMED_OUT,
                Files.readString(out, StandardCharsets.ISO_8859_1),
                new String(Files.readAllBytes(err), StandardCharsets.UTF_8));
    }
}
