package dev.acktrace.refine;

import dev.acktrace.fault.FaultException;
import dev.acktrace.generalize.SoonerOrLater;
import dev.acktrace.learn.Learner;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.session.CallFacts;
import dev.acktrace.session.Host;
import dev.acktrace.session.LearnedPolicy;
import dev.acktrace.session.Outcome;
import dev.acktrace.session.TargetSession;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.CommandWriter;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.TargetState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A session with live targets, one after the other: launches, learns, asks, and keeps the evidence of all of them as
 * one run. Safe for several threads.
 */
public final class RefineSession implements AutoCloseable {
    private static final long STATE_POLL_MS = 2;
    private static final long STATE_POLLS = 2500;
    private static final int FOLD_POLLS = 500;
    private static final long TIGHTEN_MS = 10_000; // the helper gives its last word after two seconds

    private final TargetSession target;
    private final Segment segment;
    private final RefinePlan plan;
    private final CallFacts facts;
    private final RefineEngine engine;
    private final Refinement refinement;
    private final ConcurrentLinkedQueue<Shape> refused = new ConcurrentLinkedQueue<>();
    private final List<Phase> phases = new ArrayList<>();
    private Optional<Learner> learner = Optional.empty();
    private RunHeader header = new RunHeader("", List.of(), "trace", List.of(), 0, "", "", "", "");
    private Set<String> passed = Set.of();
    private volatile Optional<Tightening> tightening = Optional.empty();
    private int tightenings;
    private boolean hardened;
    private boolean running;
    private boolean attached;
    private Outcome outcome = new Outcome.Unknown();
    private Optional<IOException> readFailure = Optional.empty();
    private Optional<IOException> recordingFailure = Optional.empty();

    /** Prepares the segment; nothing is launched yet. */
    public RefineSession(TargetSession target, RefinePlan plan, RefineListener listener) {
        this.target = target;
        this.segment = target.segment();
        this.plan = plan;
        this.facts = CallFacts.write(segment, true);
        this.engine = new RefineEngine(segment, facts, target::answer, plan.start(), noting(listener));
        this.refinement = new Refinement(engine, plan.who());
        engine.learnedBefore(plan.earlier().shapeKeys());
        phases.add(new Phase(Phase.FIRST, System.currentTimeMillis(), new TreeMap<>(), Map.of()));
    }

    /** Keeps what was refused for the recording, which must not be taken for something that was executed. */
    private RefineListener noting(RefineListener listener) {
        return new ForwardingListener(listener) {
            @Override
            public void refused(Shape shape, Action action, int decision) {
                refused.add(shape);
                super.refused(shape, action, decision);
            }

            @Override
            public void tightened(RingRecord record) {
                tightening().ifPresent(open -> open.take(record));
                super.tightened(record);
            }
        };
    }

    /** What decides about calls. */
    public RefineEngine engine() {
        return engine;
    }

    /** Decisions and their journal. */
    public Refinement refinement() {
        return refinement;
    }

    /** The shared segment. */
    public Segment segment() {
        return segment;
    }

    /** How the session began. */
    public RefinePlan plan() {
        return plan;
    }

    // ---- targets --------------------------------------------------------------------------------------------------

    /**
     * Launches a target and returns when it runs, or could not be started.
     *
     * @param words the argument vector
     * @param terminal path of a terminal that becomes its own; empty: it shares ours
     */
    public void launch(List<byte[]> words, String terminal) throws FaultException {
        List<String> command = words.stream()
                .map(word -> new String(word, StandardCharsets.UTF_8))
                .toList();
        byte[] filter = StartFilter.of(plan.start(), refinement.effective(), facts, plan.ack());
        int mode = plan.ack() ? CommandWriter.MODE_ACK : CommandWriter.MODE_TRACE;
        begin(
                command,
                false,
                () -> target.launch(new CommandWriter.Launch(mode, 0, filter, words, plan.salvage(), terminal)));
        passed = StartFilter.passed(plan.start(), refinement.effective());
    }

    /** Attaches to a running process with all its threads. */
    public void attach(int pid) throws FaultException {
        if (plan.ack()) {
            throw new FaultException(
                    "cannot attach to process " + pid,
                    "the backend ack puts its stub into a program when it starts",
                    "Begin the session with --backend trace.");
        }
        begin(List.of(), true, () -> target.attach(pid, 0, plan.salvage()));
        passed = Set.of();
    }

    private interface Start {
        void send() throws FaultException;
    }

    private synchronized void begin(List<String> command, boolean attaching, Start start) throws FaultException {
        if (running) {
            throw new FaultException(
                    "cannot start a target", "one is running already", "Wait for its end, or kill it first.");
        }
        Learner learning = learner(command);
        engine.loosen();
        tightening = Optional.empty();
        hardened = false;
        start.send();
        running = true;
        attached = attaching;
        outcome = new Outcome.Unknown();
        thread("acktrace-learner", () -> learn(learning));
        thread("acktrace-keeper", this::keep);
        awaitRunning();
    }

    private static void thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private Learner learner(List<String> command) throws FaultException {
        if (learner.isPresent()) {
            return learner.get();
        }
        byte[] id = new byte[16];
        new SecureRandom().nextBytes(id);
        header = new RunHeader(
                HexFormat.of().formatHex(id),
                command,
                plan.ack() ? "ack" : "trace",
                List.of("args=known", "session=repl"),
                segment.epochRealtime() / 1_000_000,
                Host.kernel(),
                Host.machine(),
                plan.file().isPresent() ? Host.libc() : "",
                "");
        Learner made = new Learner(segment, facts, header, plan.file(), engine);
        try {
            made.begin();
        } catch (IOException e) {
            recordingFailure = Optional.of(e);
        }
        learner = Optional.of(made);
        refinement.opened(command, plan.file().isPresent() ? header.id() : "");
        return made;
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void learn(Learner learning) {
        try {
            TargetState last = learning.run(target.doorbell(), target.launches());
            ended(target.outcome(last));
        } catch (IOException e) {
            readFailure = Optional.of(e);
            ended(new Outcome.Unknown());
        }
    }

    private synchronized void ended(Outcome how) {
        running = false;
        outcome = attached && !(how instanceof Outcome.NotStarted) ? new Outcome.Unknown() : how;
        notifyAll();
    }

    /** Writes what the learner's thread could not: late verdicts, refusals. */
    private void keep() {
        while (running()) {
            engine.tick();
            writeRefused();
            pause(20);
        }
        writeRefused();
    }

    private void writeRefused() {
        Optional<Learner> learning = learner;
        if (learning.isEmpty() || plan.file().isEmpty() || refused.isEmpty()) {
            return;
        }
        synchronized (learning.get()) {
            RecordingFile file = plan.file().get();
            for (Shape shape = refused.poll(); shape != null; shape = refused.poll()) {
                try {
                    file.writer().shape(denied(shape));
                    file.flush();
                } catch (IOException e) {
                    recordingFailure = recordingFailure.or(() -> Optional.of(e));
                }
            }
        }
    }

    private static Shape denied(Shape shape) {
        return new Shape(
                shape.key(),
                shape.count(),
                shape.firstNs(),
                shape.lastNs(),
                shape.pid(),
                shape.tid(),
                shape.flags() | Shape.DENIED,
                shape.sites(),
                shape.texts());
    }

    private void awaitRunning() {
        for (int i = 0; i < STATE_POLLS && launching(); i++) {
            pause(STATE_POLL_MS);
        }
    }

    private boolean launching() {
        return segment.launches() < target.launches() || segment.state() == TargetState.LAUNCHING;
    }

    /** Whether a target, or a child of it, lives. */
    public synchronized boolean running() {
        return running;
    }

    /** Names of calls that the running target's filter lets pass unseen: a denial of them waits for the next launch. */
    public Set<String> passed() {
        return running() ? passed : Set.of();
    }

    /** Whether the target was attached to and not launched. */
    public synchronized boolean attached() {
        return attached;
    }

    /**
     * Waits for the target's end.
     *
     * @param ms how long; 0: for ever
     * @return whether it has ended
     */
    public synchronized boolean await(long ms) throws InterruptedException {
        long until = System.nanoTime() + ms * 1_000_000;
        while (running) {
            long rest = ms == 0 ? 0 : (until - System.nanoTime()) / 1_000_000;
            if (ms != 0 && rest <= 0) {
                return false;
            }
            wait(rest);
        }
        return true;
    }

    /** How the last target ended; unknown while it runs. */
    public synchronized Outcome outcome() {
        return outcome;
    }

    /** Sends a signal to the root; calls of it that wait for an answer are interrupted by it. Returns how many. */
    public int signal(int signal) throws FaultException {
        target.signal(signal);
        return engine.interrupt(segment.rootPid());
    }

    /** Kills the target with all its children, or lets one that was attached to go. */
    public void end() throws FaultException {
        target.end();
    }

    /** Lets a target go that was attached to. */
    public void detach() throws FaultException {
        target.detach();
    }

    // ---- tightening -----------------------------------------------------------------------------------------------

    private Optional<Tightening> tightening() {
        return tightening;
    }

    /** What became of the last filter that was stacked onto the running target; empty for none. */
    public Optional<Tightening.Total> stacked() {
        return running() ? tightening().flatMap(Tightening::total) : Optional.empty();
    }

    /** The policy that {@link #tighten} would stack for this one: with what every program needs. */
    public static Policy stackable(Policy policy) {
        return TightenFilter.closed(policy);
    }

    /** How many instructions the filter of a policy has. */
    public static int filterSize(Policy policy, boolean kernel) throws FaultException {
        return TightenFilter.of(policy, kernel).size();
    }

    /** What a policy would have refused of all that was executed in this session and in earlier runs. */
    public List<Rehearsal.Refusal> rehearse(Policy policy) {
        Map<ShapeKey, Shape> all = new LinkedHashMap<>();
        for (Run run : withoutRefused(plan.earlier()).runs().values()) {
            run.shapes().values().forEach(shape -> all.put(shape.key(), shape));
        }
        for (ShapeView view : engine.shapes()) {
            if (view.executed()) {
                all.put(view.shape().key(), view.shape());
            }
        }
        return Rehearsal.of(policy, all.values(), facts);
    }

    /**
     * Stacks the filter of a policy onto every thread of the running target. From then on the session refuses what the
     * policy does not allow; where no session is any more, the filter does. Nothing takes it away again.
     *
     * @param policy as {@link #stackable} gives it
     * @param kernel whether the kernel itself answers what is denied: then nobody hears of it, and no later decision
     *     can allow it
     * @param force also where the target has filters of its own, which may kill it for that
     * @throws FaultException if there is no target, or it cannot be reached
     */
    public Tightening tighten(Policy policy, boolean kernel, boolean force)
            throws FaultException, InterruptedException {
        byte[] filter = TightenFilter.of(policy, kernel).bytes();
        Tightening mine;
        synchronized (this) {
            mayTighten(force);
            mine = new Tightening(++tightenings);
            tightening = Optional.of(mine);
            hardened |= kernel;
        }
        engine.tighten(policy);
        target.tighten(filter, force ? CommandWriter.TIGHTEN_FORCE : 0, tightenings);
        Optional<Tightening.Total> total = mine.await(TIGHTEN_MS);
        if (total.isEmpty()) {
            throw new FaultException(
                    "cannot tell whether the filter is there",
                    running() ? "the helper gave no answer" : "the target ended meanwhile",
                    "Calls are refused in mode enforce as long as the session lives; 'status' shows the target.");
        }
        passed = Set.of();
        refinement.stacked(policy.rules().size(), kernel, total.get());
        return mine;
    }

    private void mayTighten(boolean force) throws FaultException {
        if (plan.ack()) {
            throw new FaultException(
                    "cannot stack a filter",
                    "under the backend ack nobody traces the target, and its stub's own calls would be refused too",
                    "Begin the session with --backend trace; 'mode enforce' refuses without a filter.");
        }
        if (!running) {
            throw new FaultException("cannot stack a filter", "nothing is running", "'run' launches the target.");
        }
        if (hardened && !force) {
            throw new FaultException(
                    "cannot stack another filter",
                    "the kernel answers calls by the first one, and may refuse seccomp(2) or kill for it",
                    "'enforce now --force' tries; decisions that deny hold without a filter.");
        }
    }

    // ---- evidence and policy --------------------------------------------------------------------------------------

    /** Everything seen in this session; empty before the first target. */
    public Optional<Run> snapshot() {
        return learner().map(Learner::snapshot);
    }

    private synchronized Optional<Learner> learner() {
        return learner;
    }

    /** Begins a phase. */
    public void phase(String name) throws FaultException {
        bringCountersUpToDate();
        Map<ShapeKey, Long> counts = new HashMap<>();
        for (ShapeView view : engine.shapes()) {
            counts.put(view.shape().key(), view.shape().count());
        }
        synchronized (this) {
            phases.add(new Phase(name, System.currentTimeMillis(), Observations.counts(segment), counts));
        }
        refinement.phase(name);
    }

    /** Under the stub counters are sharded; what belongs to the phase before must not count as of the next. */
    private void bringCountersUpToDate() throws FaultException {
        int before = segment.folds();
        for (int i = 0; i < FOLD_POLLS && plan.ack() && running() && segment.folds() - before < 2; i++) {
            target.look();
            pause(STATE_POLL_MS);
        }
    }

    /** All phases, the first is {@link Phase#FIRST}. */
    public synchronized List<Phase> phases() {
        return List.copyOf(phases);
    }

    /** Calls of a phase: those whose counter rose from its beginning to the beginning of the next, or until now. */
    public Set<Syscall> callsOf(Phase phase) {
        List<Phase> all = phases();
        int next = all.indexOf(phase) + 1;
        SortedMap<Syscall, Long> later = next < all.size() ? all.get(next).counts() : Observations.counts(segment);
        return phase.callsUntil(later);
    }

    /** Evidence of what was executed without a decision: of this session and of earlier runs. */
    public Recording learned() {
        Optional<Run> run = snapshot();
        Recording before = withoutRefused(plan.earlier());
        if (run.isEmpty()) {
            return before;
        }
        Set<ShapeKey> keys = engine.learned();
        SortedMap<ShapeKey, Shape> shapes = new TreeMap<>();
        SortedMap<Syscall, Long> counts = new TreeMap<>();
        for (Shape shape : run.get().allShapes()) {
            Syscall call = shape.key().call();
            if (keys.contains(shape.key()) || shape.has(Shape.LAUNCH)) {
                shapes.put(shape.key(), shape);
                counts.put(call, run.get().counts().getOrDefault(call, shape.count()));
            }
        }
        Run seen = new Run(
                run.get().header(),
                run.get().images(),
                shapes,
                counts,
                run.get().end());
        return before.merge(Recording.of(List.of(seen)));
    }

    /** Earlier sessions note what they refused; that is no evidence of a need. */
    private static Recording withoutRefused(Recording recording) {
        List<Run> runs = new ArrayList<>();
        for (Run run : recording.runs().values()) {
            SortedMap<ShapeKey, Shape> shapes = new TreeMap<>(run.shapes());
            shapes.values().removeIf(shape -> shape.has(Shape.DENIED));
            SortedMap<Syscall, Long> counts = new TreeMap<>(run.counts());
            for (ShapeKey key : run.shapes().keySet()) {
                if (shapes.keySet().stream().noneMatch(kept -> kept.call().equals(key.call()))) {
                    counts.remove(key.call());
                }
            }
            runs.add(new Run(run.header(), run.images(), shapes, counts, run.end()));
        }
        return Recording.of(runs);
    }

    /**
     * The policy as it stands: the start policy, what was learned, and the decisions.
     *
     * @param approvedOnly leave out what was only learned
     */
    public Policy policy(boolean approvedOnly) {
        return policy(approvedOnly, false);
    }

    /**
     * The same, of the evidence what {@code learn} makes of it.
     *
     * @param arguments hold the known arguments of what was learned to what was seen
     */
    public Policy policy(boolean approvedOnly, boolean arguments) {
        Recording evidence = approvedOnly ? Recording.EMPTY : learned();
        return PolicyDraft.of(LearnedPolicy.usual(evidence, plan.start(), arguments), refinement.effective());
    }

    /** The part of the policy that is about calls of one phase, and what every program needs to end. */
    public Policy policy(Phase phase, boolean arguments) {
        Set<String> names = new TreeSet<>();
        callsOf(phase).forEach(call -> names.add(call.name()));
        SoonerOrLater.of(Set.copyOf(names)::contains).forEach(needed -> names.add(needed.call()));
        Policy whole = policy(false, arguments);
        return whole.withRules(whole.rules().stream()
                .filter(rule -> names.contains(rule.call()))
                .toList());
    }

    /** The first failure to write the recording or to hear the helper, if there was one. */
    public synchronized Optional<IOException> recordingFailure() {
        return recordingFailure.or(() -> learner.flatMap(Learner::writeFailure)).or(() -> readFailure);
    }

    /** Writes the end of the recording, closes it and the journal. The target must have ended or been let go. */
    @Override
    public void close() throws FaultException {
        writeRefused();
        Optional<Learner> learning = learner();
        learning.ifPresent(Learner::finish);
        if (plan.file().isPresent()) {
            try {
                plan.file().get().close();
            } catch (IOException e) {
                recordingFailure = recordingFailure.or(() -> Optional.of(e));
            }
        }
        refinement.close();
        target.close();
    }
}
