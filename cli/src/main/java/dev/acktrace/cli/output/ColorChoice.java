package dev.acktrace.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The value of {@code --color}; the only place that decides whether a stream gets colour. */
public enum ColorChoice {
    /** Colour on a terminal that knows it, unless {@code NO_COLOR} is set and not empty. */
    AUTO,
    /** Colour everywhere. */
    ALWAYS,
    /** No colour anywhere. */
    NEVER;

    /** Reads the word that stands on the command line; empty if it is none. */
    public static Optional<ColorChoice> parse(String word) {
        return switch (word) {
            case "auto" -> Optional.of(AUTO);
            case "always" -> Optional.of(ALWAYS);
            case "never" -> Optional.of(NEVER);
            default -> Optional.empty();
        };
    }

    /**
     * Returns whether a stream gets colour.
     *
     * @param descriptor file descriptor of that stream in this process
     */
    public boolean applies(int descriptor) {
        return switch (this) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> terminalKnowsColor(System.getenv("NO_COLOR"), System.getenv("TERM")) && isTerminal(descriptor);
        };
    }

    /** The environment's part of the decision: the values of {@code NO_COLOR} and {@code TERM}, null if unset. */
    static boolean terminalKnowsColor(@Nullable String noColor, @Nullable String term) {
        return (noColor == null || noColor.isEmpty()) && term != null && !term.isEmpty() && !term.equals("dumb");
    }

    /** Returns whether a file descriptor of this process is a terminal, by the name that /proc gives it. */
    public static boolean isTerminal(int descriptor) {
        try {
            String name = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
