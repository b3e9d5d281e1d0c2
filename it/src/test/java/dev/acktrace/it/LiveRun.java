package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One case from the untraced run to the refused call; each step fails with what both sides said. */
final class LiveRun {
    /** How often strace runs at least, and how often it may run to find out whether a call that was learned is real. */
    private static final int ORACLES = 3;

    private static final int ORACLES_MOST = 6;

    /**
     * Calls that no program makes by itself, and that need not be in both sets: the kernel makes restart_syscall when a
     * stop or a signal interrupts a sleep, and a tracer is what stops.
     */
    private static final Set<String> OF_THE_KERNEL = Set.of("restart_syscall");

    /** Calls that are harmless with all arguments zero; the first that the policy does not allow is attempted. */
    private static final List<String> HARMLESS = List.of(
            "getpgid",
            "getsid",
            "sched_getscheduler",
            "getpriority",
            "times",
            "mincore",
            "sched_get_priority_max",
            "ioprio_get",
            "getitimer",
            "capget");

    private final LiveCase live;
    private final Backend backend;
    private final Oracle oracle;
    private final Workspace workspace;
    private final List<String> command;
    private final Path policy;
    private final List<String> summary = new ArrayList<>();
    private final NavigableSet<Call> excuses = new TreeSet<>();

    LiveRun(LiveCase live, Backend backend, Oracle oracle, Workspace workspace) {
        this.live = live;
        this.backend = backend;
        this.oracle = oracle;
        this.workspace = workspace;
        this.policy = workspace.file("policy.json");
        this.command = live.words();
    }

    /** Runs all steps. */
    void run() {
        Finished untraced = sandboxed(command);
        assertThat(untraced.status())
                .as("untraced: %s", untraced)
                .isEqualTo(live.status().orElse(0));
        Learned learned = learn(untraced);
        compare(learned);
        enforce(untraced);
        if (backend == Backend.TRACE) { // what a policy refuses is the same, whoever learned it
            refuse();
        }
    }

    /** What was compared, for the table of results. */
    String summary() {
        return String.join("\t", summary);
    }

    private Finished sandboxed(List<String> words) {
        return Sandbox.run(words, workspace.fresh(), live.stdin(), Duration.ofSeconds(live.timeoutSeconds()));
    }

    private Learned learn(Finished untraced) {
        Path recording = workspace.file("recording.jsonl");
        for (int i = 0; i < live.learnings(); i++) {
            Finished traced = sandboxed(Acktrace.learning(backend, recording, policy, command));
            same("acktrace learn", live.changed(), untraced, traced);
        }
        Learned learned = Learned.read(recording);
        assertThat(learned.ends()).as("runs with an end in %s", recording).isEqualTo(live.learnings());
        assertThat(learned.losses()).as("losses in %s", recording).isEmpty();
        assertThat(learned.shapes())
                .as("shapes and counters agree")
                .isEqualTo(learned.counted().keySet());
        return learned;
    }

    private void same(String what, Optional<LiveCase.Changed> changed, Finished untraced, Finished traced) {
        String expected = changed.map(LiveCase.Changed::stdout).orElse(untraced.stdout());
        int status = changed.map(LiveCase.Changed::status).orElse(untraced.status());
        switch (live.output()) {
            case SAME ->
                assertThat(traced.stdout())
                        .as("stdout under %s: %s", what, traced)
                        .isEqualTo(expected);
            case SAME_LINES_IN_ANY_ORDER ->
                assertThat(traced.stdout().lines())
                        .as("stdout under %s: %s", what, traced)
                        .containsExactlyInAnyOrderElementsOf(expected.lines().toList());
            case IGNORED -> assertThat(traced.stdout().isEmpty()).isEqualTo(expected.isEmpty());
        }
        assertThat(traced.status()).as("status under %s: %s", what, traced).isEqualTo(status);
    }

    private void compare(Learned learned) {
        oracle.run(ORACLES);
        while (oracle.runs() < ORACLES_MOST && !unseen(learned).isEmpty()) {
            oracle.run(oracle.runs() + 1);
        }
        NavigableSet<Call> missing = new TreeSet<>(oracle.seenByAll(ORACLES));
        missing.removeAll(learned.calls());
        missing.removeIf(this::excused);
        assertThat(missing)
                .as("calls that strace saw in all of %d runs and that were not learned", ORACLES)
                .isEmpty();
        assertThat(unseen(learned))
                .as("calls that were learned and that strace saw in none of %d runs", oracle.runs())
                .isEmpty();
        summary.add("learned " + learned.calls().size());
        summary.add("strace " + oracle.seenByAll(ORACLES).size() + ".."
                + oracle.seenByAny().size());
        summary.add("in " + oracle.runs() + " runs");
        summary.add("excused " + excuses);
    }

    private NavigableSet<Call> unseen(Learned learned) {
        NavigableSet<Call> unseen = new TreeSet<>(learned.calls());
        unseen.removeAll(oracle.seenByAny());
        unseen.removeIf(this::excused);
        return unseen;
    }

    private boolean excused(Call call) {
        boolean excused = OF_THE_KERNEL.contains(call.name()) || live.tolerates(backend, call);
        if (excused) {
            excuses.add(call);
        }
        return excused;
    }

    /** The filter alone, nobody supervises; only a program that minds a tracer has it here too. */
    private void enforce(Finished untraced) {
        String onDeny = live.changed().isPresent() ? "trace" : "errno";
        same(
                "acktrace run",
                live.enforced().or(live::changed),
                untraced,
                sandboxed(Acktrace.enforcing(policy, onDeny, command)));
    }

    /** Under the same policy, a call that was not learned gets EPERM or ENOSYS, and is named. */
    private void refuse() {
        PolicyFile allowed = PolicyFile.read(policy);
        String call = HARMLESS.stream()
                .filter(name -> !allowed.allowed().contains(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the policy allows all of " + HARMLESS));
        String number = CallTable.ofProject()
                .number(Abi.X86_64, call)
                .map(String::valueOf)
                .orElseThrow();
        List<String> attempt = List.of(Guests.path("attempt").toString(), number);
        Finished refused = sandboxed(Acktrace.enforcing(policy, "trace", attempt));
        assertThat(refused.status()).as("errno of %s: %s", call, refused).isIn(1, 38);
        assertThat(refused.stderr()).as("the refused call is named").contains(call);
        summary.add("refused " + call);
    }
}
