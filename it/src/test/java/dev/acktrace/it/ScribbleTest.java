package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A target that writes garbage over what it shares with the learner: it may lie about itself, but the learner ends with
 * it, gives its status, writes a recording that can be read, and says that something was wrong.
 */
class ScribbleTest {
    private static final int SEEDS = 16;
    private static final int ROUNDS = 300;

    /** What a program gets that has broken its own stub: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGSYS. */
    private static final Set<Integer> BROKEN = Set.of(132, 133, 134, 135, 136, 137, 139, 159);

    @TestFactory
    Stream<DynamicTest> a_target_that_scribbles_over_the_shared_memory_deceives_only_about_itself() {
        return IntStream.rangeClosed(1, SEEDS)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> scribbles(seed)));
    }

    private static void scribbles(int seed) throws Exception {
        try (Workspace workspace = Workspace.create("scribble")) {
            Path recording = workspace.file("r.jsonl");
            int status = 40 + seed;
            List<String> target = List.of(Guests.path("scribble").toString(), "" + seed, "" + ROUNDS, "" + status);
            Finished learned = Sandbox.run(
                    Acktrace.learning(Backend.ACK, recording, workspace.file("p.json"), target),
                    workspace.fresh(),
                    "",
                    Duration.ofSeconds(40));
            assertThat(learned.status() == status || BROKEN.contains(learned.status()))
                    .as("status of seed %s: %s", seed, learned)
                    .isTrue();
            Learned told = Learned.read(recording);
            assertThat(told.ends()).as("ends in %s", recording).isEqualTo(1);
            assertThat(told.losses()).as("losses of seed %s", seed).isNotEmpty();
            told.losses().forEach((cause, count) -> assertThat(count).as(cause).isPositive());
            Finished shown = Acktrace.run(workspace.fresh(), "show", recording.toString());
            assertThat(shown.status()).as("acktrace show: %s", shown).isZero();
            assertThat(shown.stdout()).as("what is shown").contains("newfstatat");
            workspace.good();
        }
    }
}
