package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.recording.Shape;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.TargetState;

/** Passes everything on to another listener. */
class ForwardingListener implements RefineListener {
    private final RefineListener next;

    ForwardingListener(RefineListener next) {
        this.next = next;
    }

    @Override
    public void seen(Shape shape, Standing standing) {
        next.seen(shape, standing);
    }

    @Override
    public void asked(Question question) {
        next.asked(question);
    }

    @Override
    public void settled(int question) {
        next.settled(question);
    }

    @Override
    public void refused(Shape shape, Action action, int decision) {
        next.refused(shape, action, decision);
    }

    @Override
    public void image(String path) {
        next.image(path);
    }

    @Override
    public void tightened(RingRecord record) {
        next.tightened(record);
    }

    @Override
    public void state(TargetState state) {
        next.state(state);
    }
}
