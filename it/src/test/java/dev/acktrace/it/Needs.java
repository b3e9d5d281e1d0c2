package dev.acktrace.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.opentest4j.TestAbortedException;

/**
 * What a test may need from the machine: the name of a command, or one of the facts {@code root} (runs as root) and
 * {@code m32} (gcc links 32-bit programs).
 */
final class Needs {
    private static final String SEARCH_PATH = Sandbox.PATH;
    private static final Map<String, Optional<String>> KNOWN = new ConcurrentHashMap<>();

    /** Debian 12 packages of commands that are named otherwise. */
    private static final Map<String, String> PACKAGES = Map.ofEntries(
            Map.entry("node", "nodejs"),
            Map.entry("java", "default-jdk-headless"),
            Map.entry("javac", "default-jdk-headless"),
            Map.entry("go", "golang-go"),
            Map.entry("musl-gcc", "musl-tools"),
            Map.entry("busybox", "busybox-static"),
            Map.entry("redis-server", "redis-server"),
            Map.entry("redis-cli", "redis-tools"),
            Map.entry("bwrap", "bubblewrap"),
            Map.entry("setpriv", "util-linux"),
            Map.entry("script", "bsdutils"));

    private Needs() {}

    /** Why the first missing thing is missing; empty if nothing is. */
    static Optional<String> missing(List<String> needs) {
        return needs.stream()
                .map(need -> KNOWN.computeIfAbsent(need, Needs::look))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Skips the running test if something is missing, and says what. */
    static void orSkip(String... needs) {
        missing(List.of(needs)).ifPresent(reason -> {
            throw new TestAbortedException(reason);
        });
    }

    private static Optional<String> look(String need) {
        return switch (need) {
            case "root" -> Sandbox.isRoot() ? Optional.empty() : Optional.of("needs root");
            case "m32" -> links32() ? Optional.empty() : Optional.of("needs gcc -m32 (Debian package gcc-multilib)");
            default ->
                found(need)
                        ? Optional.empty()
                        : Optional.of("needs the command " + need + " (Debian package "
                                + PACKAGES.getOrDefault(need, need) + ")");
        };
    }

    private static boolean found(String command) {
        return Arrays.stream(SEARCH_PATH.split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
    }

    private static boolean links32() {
        return Files.exists(Path.of("/usr/lib/gcc/x86_64-linux-gnu/12/32/libgcc.a"))
                || Guests.build(List.of("mixed-32")).isEmpty();
    }
}
