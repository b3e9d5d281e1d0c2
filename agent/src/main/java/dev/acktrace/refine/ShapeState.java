package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.recording.Shape;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.ShapeTable;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the engine keeps of a shape; only the engine touches it, under its lock. */
final class ShapeState {
    final RingRecord first;
    final String phase;
    final Map<Integer, RingRecord> waiting = new LinkedHashMap<>();
    Shape shape;
    long fingerprint;
    Standing standing = Standing.OPEN;
    int decision;
    Action action = Action.ALLOW;
    int question;
    long refused;
    boolean executed;
    int verdict = ShapeTable.NONE;
    int verdictErrno;

    ShapeState(Shape shape, RingRecord first, String phase) {
        this.shape = shape;
        this.first = first;
        this.phase = phase;
    }
}
