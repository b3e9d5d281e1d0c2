package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * stress-ng's stressors end under the stub with the status that they have without it. Each checks what it does by itself;
 * which calls it makes goes by the clock, so sets are compared in {@code cases.json} only, for those that are steady.
 */
class StressNgTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** How many of its operations each stressor makes: about half a second of them. */
    private static final Map<String, Integer> OPERATIONS = new TreeMap<>(Map.ofEntries(
            Map.entry("aio", 100),
            Map.entry("aiol", 20),
            Map.entry("clone", 20),
            Map.entry("daemon", 10),
            Map.entry("dup", 20),
            Map.entry("epoll", 50),
            Map.entry("eventfd", 200),
            Map.entry("exec", 10),
            Map.entry("fault", 100),
            Map.entry("fork", 50),
            Map.entry("futex", 500),
            Map.entry("hsearch", 5),
            Map.entry("inotify", 1),
            Map.entry("io-uring", 50),
            Map.entry("itimer", 10),
            Map.entry("kill", 200),
            Map.entry("madvise", 2),
            Map.entry("memfd", 1),
            Map.entry("mmap", 1),
            Map.entry("mremap", 5),
            Map.entry("msg", 500),
            Map.entry("msync", 5),
            Map.entry("pidfd", 20),
            Map.entry("pipe", 200),
            Map.entry("poll", 50),
            Map.entry("pthread", 20),
            Map.entry("seccomp", 20),
            Map.entry("sem", 1),
            Map.entry("sem-sysv", 200),
            Map.entry("shm", 2),
            Map.entry("shm-sysv", 2),
            Map.entry("sigabrt", 10),
            Map.entry("sigchld", 20),
            Map.entry("sigfd", 100),
            Map.entry("sigfpe", 50),
            Map.entry("signest", 50),
            Map.entry("sigpending", 100),
            Map.entry("sigpipe", 20),
            Map.entry("sigq", 100),
            Map.entry("sigrt", 50),
            Map.entry("sigsegv", 50),
            Map.entry("sigsuspend", 100),
            Map.entry("sigtrap", 50),
            Map.entry("splice", 100),
            Map.entry("switch", 200),
            Map.entry("timer", 100),
            Map.entry("timerfd", 50),
            Map.entry("vfork", 50),
            Map.entry("wait", 10),
            Map.entry("zombie", 20)));

    @TestFactory
    Stream<DynamicTest> a_stressor_ends_under_the_stub_as_it_ends_without() {
        return OPERATIONS.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> compare(one.getKey(), one.getValue())));
    }

    private static void compare(String stressor, int operations) {
        Needs.orSkip("stress-ng");
        List<String> command = List.of(
                "stress-ng",
                "--no-rand-seed",
                "--quiet",
                "--" + stressor,
                "1",
                "--" + stressor + "-ops",
                "" + operations,
                "--timeout",
                "5");
        try (Workspace workspace = Workspace.create("stress-ng")) {
            Finished bare = Sandbox.run(command, workspace.fresh(), "", LIMIT);
            List<String> words = new ArrayList<>(List.of(
                    Project.HELPER.toString(),
                    "ack",
                    "-o",
                    workspace.file("counts").toString(),
                    "--"));
            words.addAll(command);
            Finished watched = Sandbox.run(words, workspace.fresh(), "", LIMIT);
            assertThat(bare.status()).as("without: %s", bare).isNotEqualTo(Finished.TIMED_OUT);
            assertThat(watched.status()).as("under the stub: %s", watched).isEqualTo(bare.status());
            assertThat(watched.stdout()).isEqualTo(bare.stdout());
            workspace.good();
        }
    }
}
