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
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The oracle: the same command under {@code strace -f}, several times; shared by all who ask about one case. */
final class Oracle {
    private static final CallTable TABLE = CallTable.ofProject();
    private static final Map<String, Oracle> OF_CASES = new ConcurrentHashMap<>();

    private final LiveCase live;
    private final List<NavigableSet<Call>> runs = new ArrayList<>();

    private Oracle(LiveCase live) {
        this.live = live;
    }

    /** The oracle of a case. */
    static Oracle of(LiveCase live) {
        return OF_CASES.computeIfAbsent(live.name(), name -> new Oracle(live));
    }

    /** Runs the command under strace until it ran that often. */
    synchronized void run(int times) {
        while (runs.size() < times) {
            try (Workspace workspace = Workspace.create("oracle")) {
                run(workspace);
                workspace.good();
            }
        }
    }

    private void run(Workspace workspace) {
        Path log = workspace.file("strace");
        List<String> words = new ArrayList<>(List.of("strace", "-f", "-qq", "-n", "-o", log.toString()));
        words.addAll(live.words());
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
    synchronized int runs() {
        return runs.size();
    }

    /** What each of the first {@code count} runs saw. */
    synchronized NavigableSet<Call> seenByAll(int count) {
        NavigableSet<Call> all = new TreeSet<>(runs.get(0));
        runs.subList(0, count).forEach(all::retainAll);
        return all;
    }

    /** What any run saw. */
    synchronized NavigableSet<Call> seenByAny() {
        NavigableSet<Call> any = new TreeSet<>();
        runs.forEach(any::addAll);
        return any;
    }
}
