package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The oracle: the same command under {@code strace -f}, several times. */
final class Strace {
    private static final CallTable TABLE = CallTable.ofProject();

    private final LiveCase live;
    private final List<String> command;
    private final Workspace workspace;
    private final List<NavigableSet<Call>> runs = new ArrayList<>();

    Strace(LiveCase live, List<String> command, Workspace workspace) {
        this.live = live;
        this.command = command;
        this.workspace = workspace;
    }

    /** Runs the command once more under strace. */
    void run() {
        Path log = workspace.file("strace-" + runs.size());
        List<String> words = new ArrayList<>(List.of("strace", "-f", "-qq", "-n", "-o", log.toString()));
        words.addAll(command);
        Finished finished =
                Sandbox.run(words, workspace.fresh(), live.stdin(), Duration.ofSeconds(live.timeoutSeconds()));
        assertThat(finished.status()).as("under strace: %s", finished).isNotEqualTo(Finished.TIMED_OUT);
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            StraceLog parsed = StraceLog.parse(TABLE, lines);
            assertThat(parsed.unreadable())
                    .as("lines of %s that the parser knows", log)
                    .isEmpty();
            assertThat(parsed.calls()).as("calls in %s: %s", log, finished).isNotEmpty();
            runs.add(parsed.calls());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** How often strace ran so far. */
    int runs() {
        return runs.size();
    }

    /** What each of the first {@code count} runs saw. */
    NavigableSet<Call> seenByAll(int count) {
        NavigableSet<Call> all = new TreeSet<>(runs.get(0));
        runs.subList(0, count).forEach(all::retainAll);
        return all;
    }

    /** What any run saw. */
    NavigableSet<Call> seenByAny() {
        NavigableSet<Call> any = new TreeSet<>();
        runs.forEach(any::addAll);
        return any;
    }
}
