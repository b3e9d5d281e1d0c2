package dev.acktrace.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Builds guests by their Makefile, each once in this run and only if it is out of date. */
final class Guests {
    private static final Set<String> BUILT = new HashSet<>();

    private Guests() {}

    /** Builds what is not built yet. Returns what make said if it failed. */
    static synchronized Optional<String> build(List<String> names) {
        List<String> wanted =
                names.stream().filter(name -> !BUILT.contains(name)).toList();
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        List<String> command =
                new ArrayList<>(List.of("make", "-s", "-C", Project.GUEST_SOURCES.toString(), "OUT=" + Project.GUESTS));
        wanted.forEach(name -> command.add(Project.GUESTS.resolve(name).toString()));
        Finished made = Sandbox.bare(command, Project.TARGET, Duration.ofMinutes(3));
        if (made.status() != 0) {
            return Optional.of("make " + wanted + " failed with status " + made.status() + ": " + made.stderr());
        }
        BUILT.addAll(wanted);
        return Optional.empty();
    }

    /** The path of a guest, built if need be; throws if it cannot be built. */
    static Path path(String name) {
        build(List.of(name)).ifPresent(failure -> {
            throw new IllegalStateException(failure);
        });
        Path built = Project.GUESTS.resolve(name);
        if (!Files.exists(built)) {
            throw new IllegalStateException("make did not make " + built);
        }
        return built;
    }
}
