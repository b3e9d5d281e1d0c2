package dev.acktrace.refine;

import dev.acktrace.fault.FaultException;
import dev.acktrace.learn.LearnListener;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.ShapeTable;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.WireAbi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what becomes of calls while a target runs: keeps the standing of every shape, writes it into the shape
 * table, holds threads back where a question is open, and lets them go when it is answered.
 *
 * <p>The learner's thread reports; any thread may decide.
 */
public final class RefineEngine implements LearnListener {
    private final Segment segment;
    private final ShapeTable table;
    private final Observations.Masks masks;
    private final Answers answers;
    private final RefineListener listener;
    private final Judge judge;
    private final Optional<Policy> start;
    private final Map<ShapeKey, ShapeState> shapes = new LinkedHashMap<>();
    private final Map<Integer, ShapeState> questions = new LinkedHashMap<>();
    private final Set<CallKey> learned = new HashSet<>();
    private final Set<CallKey> setAside = new HashSet<>();
    private final Set<String> always = TightenFilter.always();
    private final List<ShapeState> unwritten = new ArrayList<>();
    private List<Decision> decisions = List.of();
    private Mode mode = Mode.LEARN;
    private String phase = "";
    private int refusalErrno = Errno.EPERM;
    private int nextQuestion = 1;
    private Optional<Judge> tightened = Optional.empty();
    private Optional<FaultException> failure = Optional.empty();

    /** What makes two calls of different programs the same for a policy. */
    private record CallKey(Syscall call, int significant, List<Long> arguments) {
        static CallKey of(ShapeKey key) {
            return new CallKey(
                    key.call(),
                    key.significant(),
                    Arrays.stream(key.arguments()).boxed().toList());
        }

        ShapeKey shape() {
            return new ShapeKey(
                    "",
                    call,
                    significant,
                    arguments.stream().mapToLong(Long::longValue).toArray());
        }
    }

    /**
     * An engine that knows nothing yet.
     *
     * @param masks the argument masks that stand in the segment's call facts
     * @param start the policy that holds from the beginning; empty for none
     */
    public RefineEngine(
            Segment segment,
            Observations.Masks masks,
            Answers answers,
            Optional<Policy> start,
            RefineListener listener) {
        this.segment = segment;
        this.table = new ShapeTable(segment);
        this.masks = masks;
        this.answers = answers;
        this.start = start;
        this.judge = new Judge(start);
        this.listener = listener;
        start.map(Policy::defaultAction)
                .filter(action -> action.kind() == Action.Kind.ERRNO)
                .ifPresent(action -> refusalErrno = action.data());
    }

    // ---- what the learner reports ---------------------------------------------------------------------------------

    @Override
    public synchronized int call(Shape shape, boolean isNew, RingRecord record) {
        writeVerdicts();
        ShapeState state = shapes.computeIfAbsent(shape.key(), key -> new ShapeState(shape, record, phase));
        state.shape = shape;
        state.fingerprint = record.fingerprint();
        boolean held = record.has(RingRecord.FLAG_HELD);
        settle(state, judgement(state));
        if (record.has(RingRecord.FLAG_LAUNCH)) {
            state.standing = Standing.ALLOWED;
            write(state, ShapeTable.ACKNOWLEDGED, 0);
        } else if (held) {
            letOrAsk(state, record);
        } else if (state.standing == Standing.OPEN) {
            learn(state);
        } else if (state.standing == Standing.DENIED || state.standing == Standing.KILLED) {
            // It ran before the rule could reach it: the helper was not asked to wait.
            state.executed = true;
        }
        if (isNew) {
            listener.seen(shape, state.standing);
        }
        updateHolding();
        return ShapeTable.NONE;
    }

    @Override
    public synchronized void image(String path) {
        listener.image(path);
    }

    @Override
    public synchronized void exit(int pid, int waitStatus) {
        for (ShapeState state : List.copyOf(questions.values())) {
            state.waiting.values().removeIf(record -> record.pid() == pid);
            closeIfEmpty(state);
        }
    }

    @Override
    public synchronized void state(TargetState newState) {
        if (newState.isFinal()) {
            for (ShapeState state : List.copyOf(questions.values())) {
                state.waiting.clear();
                closeIfEmpty(state);
            }
        }
        listener.state(newState);
    }

    // ---- the standing of a shape ----------------------------------------------------------------------------------

    private Judgement judgement(ShapeState state) {
        ShapeKey key = state.shape.key();
        long[] known = masks.of(WireAbi.index(key.abi()), key.number());
        long[] arguments = state.first.arguments().clone();
        for (int i = 0; i < arguments.length; i++) {
            if (key.isSignificant(i)) {
                arguments[i] = (arguments[i] & ~known[i]) | key.argument(i);
            }
        }
        Judgement judgement = judge.judge(key.call(), arguments, known, decisions);
        boolean unknown = judgement instanceof Judgement.Unknown || isTakenAway(key, judgement);
        return unknown && learned.contains(CallKey.of(key))
                ? new Judgement.Learned()
                : unknown ? new Judgement.Unknown() : judgement;
    }

    /** What the start policy allows, a filter that was stacked since may not. */
    private boolean isTakenAway(ShapeKey key, Judgement judgement) {
        return tightened.isPresent()
                && judgement instanceof Judgement.Decided decided
                && decided.decision() == 0
                && decided.action().kind() == Action.Kind.ALLOW
                && !Rehearsal.mayRun(tightened.get(), key, masks);
    }

    /** Gives a shape the standing that a judgement means, and writes it into the table. */
    private void settle(ShapeState state, Judgement judgement) {
        state.decision = 0;
        if (judgement instanceof Judgement.Decided decided) {
            state.decision = decided.decision();
            state.action = decided.action();
            state.standing = standing(decided.action());
            write(state, verdict(decided.action()), decided.action().data());
        } else if (judgement instanceof Judgement.Learned) {
            state.standing = Standing.LEARNED;
            write(state, ShapeTable.ACKNOWLEDGED, 0);
        } else if (judgement instanceof Judgement.Depends depends) {
            state.decision = depends.decision();
            state.standing = Standing.SPLIT;
            write(state, ShapeTable.NONE, 0);
        } else if (mode == Mode.ENFORCE && state.standing == Standing.REFUSED) {
            write(state, ShapeTable.DENY, refusalErrno);
        } else {
            state.standing = state.waiting.isEmpty() ? Standing.OPEN : Standing.ASKED;
            write(state, ShapeTable.NONE, 0);
        }
    }

    private static Standing standing(Action action) {
        return switch (action.kind()) {
            case ALLOW -> Standing.ALLOWED;
            case ERRNO -> Standing.DENIED;
            default -> Standing.KILLED;
        };
    }

    private static int verdict(Action action) {
        return switch (action.kind()) {
            case ALLOW -> ShapeTable.ACKNOWLEDGED;
            case ERRNO -> ShapeTable.DENY;
            default -> ShapeTable.KILL;
        };
    }

    private void learn(ShapeState state) {
        learned.add(CallKey.of(state.shape.key()));
        state.executed = true;
        state.standing = Standing.LEARNED;
        write(state, ShapeTable.ACKNOWLEDGED, 0);
    }

    /** A thread waits: answers it if that can be done without a person. */
    private void letOrAsk(ShapeState state, RingRecord record) {
        Judgement judgement = state.standing == Standing.SPLIT
                ? judge.judge(state.shape.key().call(), record.arguments(), allBits(), decisions)
                : judgement(state);
        if (judgement instanceof Judgement.Decided decided) {
            answer(
                    state,
                    record.tid(),
                    verdict(decided.action()),
                    decided.action().data());
            refuse(state, decided.action(), decided.decision());
        } else if (judgement instanceof Judgement.Learned) {
            answer(state, record.tid(), ShapeTable.ACKNOWLEDGED, 0);
        } else {
            unknown(state, record);
        }
    }

    private void unknown(ShapeState state, RingRecord record) {
        switch (mode) {
            case LEARN -> {
                if (state.standing != Standing.SPLIT) {
                    learn(state);
                }
                answer(state, record.tid(), ShapeTable.ACKNOWLEDGED, 0);
            }
            case ENFORCE -> {
                if (always.contains(state.shape.key().call().name())) {
                    learn(state);
                    answer(state, record.tid(), ShapeTable.ACKNOWLEDGED, 0);
                    return;
                }
                if (state.standing != Standing.SPLIT) {
                    state.standing = Standing.REFUSED;
                    write(state, ShapeTable.DENY, refusalErrno);
                }
                answer(state, record.tid(), ShapeTable.DENY, refusalErrno);
                refuse(state, Action.errno(refusalErrno), 0);
            }
            case ASK -> ask(state, record);
        }
    }

    private void ask(ShapeState state, RingRecord record) {
        state.waiting.put(record.tid(), record);
        if (state.standing != Standing.SPLIT) {
            state.standing = Standing.ASKED;
        }
        if (state.question == 0) {
            state.question = nextQuestion++;
            questions.put(state.question, state);
            listener.asked(question(state));
        }
    }

    private void refuse(ShapeState state, Action action, int decision) {
        if (action.kind() != Action.Kind.ALLOW && state.refused++ == 0) {
            listener.refused(state.shape, action, decision);
        }
    }

    private static long[] allBits() {
        return new long[] {-1, -1, -1, -1, -1, -1};
    }

    private void answer(ShapeState state, int tid, int verdict, int errno) {
        state.waiting.remove(tid);
        state.executed |= verdict == ShapeTable.ACKNOWLEDGED;
        try {
            answers.answer(tid, verdict, errno);
        } catch (FaultException e) {
            failure = failure.or(() -> Optional.of(e));
        }
        closeIfEmpty(state);
    }

    private void closeIfEmpty(ShapeState state) {
        if (state.question != 0 && state.waiting.isEmpty()) {
            int closed = state.question;
            questions.remove(closed);
            state.question = 0;
            if (state.standing == Standing.ASKED) {
                state.standing = Standing.OPEN;
            }
            listener.settled(closed);
        }
    }

    // ---- the shape table ------------------------------------------------------------------------------------------

    private void write(ShapeState state, int verdict, int errno) {
        int slot = table.find(state.fingerprint);
        if (slot >= 0) {
            table.verdict(slot, verdict, errno);
            return;
        }
        // The helper publishes a report before it takes the slot.
        state.verdict = verdict;
        state.verdictErrno = errno;
        if (!unwritten.contains(state)) {
            unwritten.add(state);
        }
    }

    private void writeVerdicts() {
        unwritten.removeIf(state -> {
            int slot = table.find(state.fingerprint);
            if (slot >= 0) {
                table.verdict(slot, state.verdict, state.verdictErrno);
            }
            return slot >= 0;
        });
    }

    /** Writes what could not be written before; call it now and then while a target runs. */
    public synchronized void tick() {
        writeVerdicts();
    }

    /** Unknown shapes are held unless everything unknown may simply run. */
    private void updateHolding() {
        boolean hold = mode != Mode.LEARN || tightened.isPresent() || refuses();
        for (ShapeState state : shapes.values()) {
            hold |= state.standing == Standing.SPLIT || state.standing == Standing.OPEN;
        }
        segment.ask(hold);
    }

    private boolean refuses() {
        for (Decision decision : decisions) {
            if (decision.rules().stream().anyMatch(rule -> rule.action().kind() != Action.Kind.ALLOW)) {
                return true;
            }
        }
        return start.isPresent()
                && start.get().rules().stream()
                        .anyMatch(rule -> rule.action().kind() != Action.Kind.ALLOW
                                && rule.action().kind() != Action.Kind.LOG);
    }

    // ---- what a person does ---------------------------------------------------------------------------------------

    /** Sets which decisions hold, oldest first, and applies them to everything that is known and to who waits. */
    public synchronized void decisions(List<Decision> effective) {
        decisions = List.copyOf(effective);
        reconsider();
    }

    /** Changes the mode; threads that wait are answered by the new one. */
    public synchronized void mode(Mode newMode) {
        mode = newMode;
        reconsider();
    }

    /**
     * A policy is being stacked onto the target: what it does not allow counts as unknown from now on, and the mode is
     * {@link Mode#ENFORCE}. Later decisions go before it.
     */
    public synchronized void tighten(Policy policy) {
        Judge judging = new Judge(Optional.of(policy));
        tightened = Optional.of(judging);
        for (CallKey key : List.copyOf(learned)) {
            if (!Rehearsal.mayRun(judging, key.shape(), masks)) {
                learned.remove(key);
                setAside.add(key);
            }
        }
        mode = Mode.ENFORCE;
        reconsider();
    }

    /** Another target begins, which has only the filter of its launch. */
    synchronized void loosen() {
        tightened = Optional.empty();
        learned.addAll(setAside);
        setAside.clear();
    }

    @Override
    public synchronized void tightened(RingRecord record) {
        listener.tightened(record);
    }

    /** The mode. */
    public synchronized Mode mode() {
        return mode;
    }

    /** The errno of a refusal in enforce mode: that of the start policy, else EPERM. */
    public synchronized int refusalErrno() {
        return refusalErrno;
    }

    private void reconsider() {
        for (ShapeState state : List.copyOf(shapes.values())) {
            if ((state.shape.flags() & Shape.LAUNCH) == 0) {
                settle(state, judgement(state));
                for (RingRecord record : List.copyOf(state.waiting.values())) {
                    letOrAsk(state, record);
                }
            }
        }
        updateHolding();
    }

    /**
     * Answers for the thread that waits longest, once.
     *
     * @return its id; empty if nobody waits for that question
     */
    public synchronized Optional<Integer> once(int question, Action action) {
        ShapeState state = questions.get(question);
        if (state == null) {
            return Optional.empty();
        }
        int tid = state.waiting.keySet().iterator().next();
        answer(state, tid, verdict(action), action.data());
        return Optional.of(tid);
    }

    /** Interrupts all waiting threads of a process as a signal would: their calls end with EINTR. Returns how many. */
    public synchronized int interrupt(int pid) {
        int interrupted = 0;
        for (ShapeState state : List.copyOf(questions.values())) {
            for (RingRecord record : List.copyOf(state.waiting.values())) {
                if (record.pid() == pid) {
                    answer(state, record.tid(), ShapeTable.DENY, 4);
                    interrupted++;
                }
            }
        }
        return interrupted;
    }

    /** Names the phase that begins now. */
    public synchronized void phase(String name) {
        phase = name;
    }

    /** The present phase; empty before the first. */
    public synchronized String phase() {
        return phase;
    }

    // ---- what a person sees ---------------------------------------------------------------------------------------

    /** The oldest open question. */
    public synchronized Optional<Question> question() {
        return questions.values().stream().findFirst().map(this::question);
    }

    /** How many questions are open. */
    public synchronized int openQuestions() {
        return questions.size();
    }

    private Question question(ShapeState state) {
        long times = 0;
        Set<String> images = new HashSet<>();
        for (ShapeState other : shapes.values()) {
            if (other.shape.key().call().equals(state.shape.key().call())) {
                images.add(other.shape.key().image());
                times += current(other).count();
            }
        }
        RingRecord first = state.waiting.isEmpty()
                ? state.first
                : state.waiting.values().iterator().next();
        return new Question(
                state.question, state.shape, first, List.copyOf(state.waiting.keySet()), images.size(), times);
    }

    /** Every shape in the order in which they came, with present counts. */
    public synchronized List<ShapeView> shapes() {
        List<ShapeView> views = new ArrayList<>();
        for (ShapeState state : shapes.values()) {
            boolean executed =
                    state.executed || state.standing == Standing.ALLOWED || state.standing == Standing.LEARNED;
            views.add(new ShapeView(
                    current(state), state.standing, state.decision, state.phase, executed, state.refused));
        }
        return views;
    }

    private Shape current(ShapeState state) {
        int slot = table.find(state.fingerprint);
        return slot < 0
                ? state.shape
                : state.shape.withTotals(
                        Math.max(1, table.count(slot)), Math.max(state.shape.firstNs(), table.lastNs(slot)));
    }

    /** Shapes that were executed in learn mode and that no decision denies since: the evidence of a policy. */
    public synchronized Set<ShapeKey> learned() {
        Set<ShapeKey> keys = new HashSet<>();
        for (ShapeState state : shapes.values()) {
            if (state.standing == Standing.LEARNED) {
                keys.add(state.shape.key());
            }
        }
        return keys;
    }

    /** Counts shapes of earlier runs as learned. */
    public synchronized void learnedBefore(Iterable<ShapeKey> keys) {
        for (ShapeKey key : keys) {
            learned.add(CallKey.of(key));
        }
    }

    /** The first failure to reach the helper since the last call; empty if there was none. */
    public synchronized Optional<FaultException> takeFailure() {
        Optional<FaultException> taken = failure;
        failure = Optional.empty();
        return taken;
    }
}
