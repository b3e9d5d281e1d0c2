package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A hundred and more runs of one target: one policy, byte for byte, and the same count of every call. */
class DeterminismTest {
    private static final int RUNS = 100;
    private static final int RUNS_UNDER_THE_STUB = 20;

    /** No two children at a time: the shell's handler of SIGCHLD would run once or twice for them. */
    private static final String SCRIPT =
            "mkdir a && cp /etc/passwd a/b && for i in 1 2 3; do wc -l < a/b; done && ln -s b a/c && ls a > n && wc -l < n && rm -r a";

    private static final Set<String> POLICIES = ConcurrentHashMap.newKeySet();
    private static final Set<Map<Call, Long>> COUNTS = ConcurrentHashMap.newKeySet();

    @TestFactory
    Stream<DynamicTest> a_hundred_runs_give_one_policy_and_lose_nothing() {
        return IntStream.rangeClosed(1, RUNS)
                .mapToObj(i -> DynamicTest.dynamicTest("run " + i, () -> learn(Backend.TRACE)));
    }

    @TestFactory
    Stream<DynamicTest> the_stub_gives_the_same_policy_and_counts() {
        return IntStream.rangeClosed(1, RUNS_UNDER_THE_STUB)
                .mapToObj(i -> DynamicTest.dynamicTest("run " + i, () -> learn(Backend.ACK)));
    }

    private void learn(Backend backend) throws IOException {
        try (Workspace workspace = Workspace.create("same-policy")) {
            Path recording = workspace.file("r.jsonl");
            Path policy = workspace.file("p.json");
            Finished finished = Sandbox.run(
                    Acktrace.learning(backend, recording, policy, List.of("sh", "-c", SCRIPT)),
                    workspace.fresh(),
                    "",
                    Duration.ofSeconds(60));
            assertThat(finished.status()).as("%s", finished).isZero();
            Learned learned = Learned.read(recording);
            assertThat(learned.losses()).isEmpty();
            POLICIES.add(Files.readString(policy));
            COUNTS.add(learned.counted());
            assertThat(POLICIES).as("policies so far").hasSize(1);
            assertThat(COUNTS).as("counts so far").hasSize(1);
            workspace.good();
        }
    }
}
