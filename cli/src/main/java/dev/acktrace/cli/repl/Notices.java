package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.policy.Action;
import dev.acktrace.recording.Shape;
import dev.acktrace.refine.Question;
import dev.acktrace.refine.RefineListener;
import dev.acktrace.refine.Standing;
import dev.acktrace.refine.Tightening;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.Tightened;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Collects what happens in the learner's thread and tells of it from a thread of its own, a few times a second. */
final class Notices implements RefineListener {
    private static final long PERIOD_MS = 200;

    private final Screen screen;
    private final Settings settings;
    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    private final AtomicInteger fresh = new AtomicInteger();
    private final Thread thread;
    private volatile Runnable onQuestion = () -> {};
    private volatile Runnable onTick = () -> {};

    Notices(Screen screen, Settings settings) {
        this.screen = screen;
        this.settings = settings;
        thread = new Thread(this::loop, "acktrace-notices");
        thread.setDaemon(true);
        thread.start();
    }

    /** Sets what is done when a question is asked; in the learner's thread, so it must only wake somebody. */
    void onQuestion(Runnable action) {
        onQuestion = action;
    }

    /** Sets what is done each time that notices are looked after. */
    void onTick(Runnable action) {
        onTick = action;
    }

    private void loop() {
        while (true) {
            try {
                Thread.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                return;
            }
            tell();
            onTick.run();
        }
    }

    /** Prints what was collected. */
    synchronized void tell() {
        int count = fresh.getAndSet(0);
        boolean on = settings.get(Settings.NOTICES).equals("on");
        if (count > 0 && on && screen.interactive()) {
            screen.notice(count + " new call" + (count == 1 ? "" : "s") + " ('seen --new' lists them)");
        }
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            if (on) {
                screen.notice(line);
            }
        }
    }

    @Override
    public void seen(Shape shape, Standing standing) {
        if (standing == Standing.LEARNED) {
            fresh.incrementAndGet();
        }
    }

    @Override
    public void asked(Question question) {
        onQuestion.run();
    }

    @Override
    public void refused(Shape shape, Action action, int decision) {
        lines.add("refused with " + action(action) + (decision == 0 ? "" : " by #" + decision) + ": "
                + CallText.of(shape) + " of " + CallText.base(shape.key().image()));
    }

    private static String action(Action action) {
        return action.kind() == Action.Kind.ERRNO ? CallText.errno(action.data()) : action.toString();
    }

    @Override
    public void tightened(RingRecord record) {
        Tightening.Word.of(record)
                .filter(word -> word.what() == Tightened.LATE)
                .ifPresent(word -> lines.add(EnforceVerbs.word(word)));
    }

    @Override
    public void state(TargetState state) {
        if (state == TargetState.ENDED) {
            lines.add("the target has ended");
        }
    }
}
