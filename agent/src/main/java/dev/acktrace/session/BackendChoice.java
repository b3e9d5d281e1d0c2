package dev.acktrace.session;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Which backend {@code auto} stands for.
 *
 * @param backend {@code ack} or {@code trace}
 * @param reason why, for a person
 */
public record BackendChoice(String backend, String reason) {
    private static final int SCRIPT_DEPTH = 5;

    /** To attach: only ptrace can. */
    public static BackendChoice attach() {
        return trace("it alone can attach to a process that runs");
    }

    /**
     * For a command. It is {@code ack} where that can load the program and the self-test passes (decision 0024).
     *
     * @param command its words
     * @param searchPath value of {@code PATH}, as the launcher searches it
     * @param stubWorks the self-test of {@code ack} on this machine; asked last, because it costs some milliseconds
     */
    public static BackendChoice launch(List<String> command, String searchPath, BooleanSupplier stubWorks) {
        String name = command.isEmpty() ? "" : command.get(0);
        Optional<String> hindrance = find(name, searchPath).flatMap(file -> hindrance(file, SCRIPT_DEPTH));
        if (hindrance.isPresent()) {
            return trace("'" + name + "' is " + hindrance.get() + ", which ack cannot load");
        }
        return stubWorks.getAsBoolean()
                ? new BackendChoice(
                        "ack", "its self-test passed here; a program that you do not trust wants --backend trace")
                : trace("the self-test of ack failed here; 'acktrace doctor' lists what works");
    }

    private static BackendChoice trace(String reason) {
        return new BackendChoice("trace", reason);
    }

    /** What hinders the stub to load this file; empty if nothing does, or if the file cannot be executed anyway. */
    private static Optional<String> hindrance(Path file, int depth) {
        if (!Files.isReadable(file)) {
            return Optional.of("not readable");
        }
        ImageKind kind;
        try (InputStream in = Files.newInputStream(file)) {
            kind = ImageKind.of(in.readNBytes(ImageKind.HEAD));
        } catch (IOException e) {
            return Optional.empty();
        }
        if (kind instanceof ImageKind.Script script) {
            return depth == 0 ? Optional.empty() : interpreter(script).flatMap(path -> hindrance(path, depth - 1));
        }
        if (kind instanceof ImageKind.Compat) {
            return Optional.of("a 32-bit program");
        }
        return kind instanceof ImageKind.Other ? Optional.of("no x86-64 program") : Optional.empty();
    }

    private static Optional<Path> interpreter(ImageKind.Script script) {
        return path(script.interpreter()).filter(Files::isExecutable);
    }

    private static Optional<Path> find(String name, String searchPath) {
        if (name.contains("/")) {
            return path(name).filter(BackendChoice::isProgram);
        }
        for (String folder : searchPath.split(":", -1)) {
            Optional<Path> found =
                    path((folder.isEmpty() ? "." : folder) + "/" + name).filter(BackendChoice::isProgram);
            if (found.isPresent() && !name.isEmpty()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }

    private static Optional<Path> path(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
