package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The starter policies are what acktrace learns: the same workload learned anew gives the same policy, or nearly. */
class RelearnTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Pattern NAME = Pattern.compile("\"([a-z_0-9]+)\"");

    /** Calls that a run makes or not by its timing: contention, back-off, a full pipe, an answer that came in parts. */
    private static final Set<String> BY_TIMING = Set.of(
            "clock_nanosleep",
            "epoll_wait",
            "epoll_pwait",
            "futex",
            "getcpu",
            "madvise",
            "munmap",
            "poll",
            "pselect6",
            "restart_syscall",
            "rt_sigreturn",
            "sched_yield",
            "wait4",
            "mremap",
            "membarrier",
            "brk");

    @TempDir
    private Path directory;

    /**
     * One starter policy.
     *
     * @param name the workload
     * @param needs the command that it runs
     * @param tolerance how many other calls may differ: 0 where the program is a few lines of C; more where the
     *     version of the program and its threads decide
     */
    @ParameterizedTest
    @CsvSource({
        "static, gcc, 0",
        "dynamic, gcc, 0",
        "bash, bash, 4",
        "coreutils, ls, 4",
        "python, python3, 6",
        "node, node, 6",
        "jvm, java, 6",
        "nginx, nginx, 6",
        "redis, redis-server, 6"
    })
    void learning_anew_gives_the_starter_policy(String name, String needs, int tolerance) throws IOException {
        Needs.orSkip(needs, "python3");
        List<String> command = List.of(Project.ROOT.resolve("profiles/relearn").toString(), directory.toString(), name);
        Finished finished = Sandbox.run(command, directory, "", LIMIT);
        assertThat(finished.status()).as(finished.toString()).isZero();
        Set<String> kept = names(Project.ROOT.resolve("profiles/starter/" + name + ".json"));
        Set<String> learned = names(directory.resolve(name + ".json"));
        Set<String> difference = new TreeSet<>(kept);
        difference.removeAll(learned);
        Set<String> more = new TreeSet<>(learned);
        more.removeAll(kept);
        difference.addAll(more);
        difference.removeAll(BY_TIMING);
        assertThat(difference)
                .as("only one of the starter policy and the new one has these; new ones: " + more)
                .hasSizeLessThanOrEqualTo(tolerance);
        assertThat(Files.readString(directory.resolve(name + ".header.json"))).contains("\"command\"", "\"kernel\"");
    }

    private static Set<String> names(Path policy) throws IOException {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(Files.readString(policy));
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        names.remove("names");
        names.remove("action");
        names.remove("syscalls");
        names.remove("architectures");
        return names;
    }
}
