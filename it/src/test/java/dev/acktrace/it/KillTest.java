package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * {@code kill -9} at a random moment of a random one of the processes: the launcher's front, the supervisor, the
 * learner, the target and its children. Nobody is left, the policy is the old one or a whole new one, the recording is
 * readable.
 */
class KillTest {
    private static final int ROUNDS = 200;
    private static final int ROUNDS_UNDER_THE_STUB = 40;
    private static final int LATEST_MS = 900;
    private static final String FORMER = "{\"defaultAction\":\"SCMP_ACT_LOG\"}\n";

    @TestFactory
    Stream<DynamicTest> after_a_kill_nobody_is_left_and_no_file_is_half_written() {
        return rounds(Backend.TRACE, ROUNDS);
    }

    @TestFactory
    Stream<DynamicTest> under_the_stub_it_is_the_same() {
        return rounds(Backend.ACK, ROUNDS_UNDER_THE_STUB);
    }

    private static Stream<DynamicTest> rounds(Backend backend, int rounds) {
        return IntStream.rangeClosed(1, rounds)
                .mapToObj(round -> DynamicTest.dynamicTest("round " + round, () -> round(backend, new Random(round))));
    }

    private static void round(Backend backend, Random random) throws IOException, InterruptedException, FaultException {
        try (Workspace workspace = Workspace.create("kill")) {
            Path recording = workspace.file("r.jsonl");
            Path policy = Files.writeString(workspace.file("p.json"), FORMER);
            List<String> words = new ArrayList<>(Sandbox.words());
            words.addAll(Acktrace.learning(
                    backend, recording, policy, List.of(Guests.path("busy").toString(), "500")));
            Process sandbox = Sandbox.prepare(words, workspace.fresh())
                    .redirectOutput(workspace.file("stdout").toFile())
                    .redirectError(workspace.file("stderr").toFile())
                    .start();
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LATEST_MS));
            String victim = killOne(sandbox, random);
            boolean ended = sandbox.waitFor(30, TimeUnit.SECONDS);
            List<String> left = sandbox.descendants().map(KillTest::commandLine).toList();
            sandbox.destroyForcibly().waitFor();
            assertThat(ended)
                    .as("after the end of %s, there are still %s", victim, left)
                    .isTrue();
            wholePolicy(policy, victim);
            readable(recording, victim);
            workspace.good();
        }
    }

    /** Kills one of those that live below process 1 of the sandbox; returns which, empty if all had ended. */
    private static String killOne(Process sandbox, Random random) {
        List<ProcessHandle> candidates = new ArrayList<>(sandbox.descendants().toList());
        candidates.removeAll(sandbox.children().toList());
        if (candidates.isEmpty()) {
            return "";
        }
        ProcessHandle victim = candidates.get(random.nextInt(candidates.size()));
        String name = commandLine(victim);
        victim.destroyForcibly();
        return name;
    }

    private static String commandLine(ProcessHandle process) {
        return process.info().commandLine().orElse("a process that is gone");
    }

    private static void wholePolicy(Path policy, String victim) throws IOException {
        String text = Files.readString(policy);
        if (!text.equals(FORMER)) {
            assertThat(PolicyFile.read(policy).allowed())
                    .as("policy after the end of %s", victim)
                    .contains("execve");
        }
    }

    /** Every line but the last must be whole, and the product must be able to read the file. */
    private static void readable(Path recording, String victim) throws IOException {
        if (!Files.exists(recording)) {
            return;
        }
        List<String> lines = Files.readAllLines(recording);
        Learned learned = Learned.read(lines.subList(0, Math.max(0, lines.size() - 1)));
        assertThat(learned.runs())
                .as("runs in the recording after the end of %s", victim)
                .isLessThanOrEqualTo(1);
    }
}
