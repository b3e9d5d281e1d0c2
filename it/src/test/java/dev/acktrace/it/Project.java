package dev.acktrace.it;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the parts of the project lie, seen from the module's directory, in which Maven runs the tests. */
final class Project {
    private static final Path MODULE = Path.of("").toAbsolutePath();

    /** The root of the repository. */
    static final Path ROOT = root();

    /** Sources of the guests. */
    static final Path GUEST_SOURCES = ROOT.resolve("it/guests");

    /** What the tests may write. */
    static final Path TARGET = ROOT.resolve("it/target");

    /** Built guests. */
    static final Path GUESTS = TARGET.resolve("guests");

    /** The launcher under test. */
    static final Path LAUNCHER = ROOT.resolve("acktrace");

    /** The helper's binary. */
    static final Path HELPER = ROOT.resolve("native-helper/build/acktrace-helper");

    private Project() {}

    private static Path root() {
        for (Path at = MODULE; at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("native-helper")) && Files.isDirectory(at.resolve("it"))) {
                return at;
            }
        }
        throw new IllegalStateException("not inside the repository: " + MODULE);
    }
}
