package dev.acktrace.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory of one test: removed when the test went well, left for inspection otherwise. */
final class Workspace implements AutoCloseable {
    private final Path root;
    private boolean good;

    private Workspace(Path root) {
        this.root = root;
    }

    static Workspace create(String name) {
        try {
            return new Workspace(Files.createTempDirectory("acktrace-live-" + name + "-"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The working directory of a run: always the same path, always empty. */
    Path fresh() {
        try {
            Path run = root.resolve("run");
            if (Files.exists(run)) {
                delete(run);
            }
            return Files.createDirectory(run);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** An empty directory in which every user may do everything; so is the workspace from now on. */
    Path openToAll() {
        try {
            Path run = fresh();
            for (Path directory : List.of(root, run)) {
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
            return run;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A file beside the working directory. */
    Path file(String name) {
        return root.resolve(name);
    }

    /** The test went well: {@link #close()} removes everything. */
    void good() {
        good = true;
    }

    @Override
    public void close() {
        if (good) {
            delete(root);
        }
    }

    static void delete(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
