package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.RunBuilder;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.session.CallFacts;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.FakeHelper;
import dev.acktrace.wire.Fingerprint;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.ShapeTable;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** An engine over a segment that the test writes as the helper would. */
final class Bench implements RefineListener {
    static final String IMAGE = "/usr/bin/target";
    static final int PID = 100;

    final FakeHelper helper = new FakeHelper();
    final Segment segment;
    final CallFacts facts;
    final RefineEngine engine;
    final Refinement refinement;
    final List<String> answers = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    private final Observations observations;
    private final Observations other;

    Bench(Optional<Policy> start) throws WireException {
        segment = helper.segment();
        facts = CallFacts.write(segment, true);
        engine = new RefineEngine(
                segment, facts, (tid, verdict, errno) -> answers.add(tid + ":" + verdict + ":" + errno), start, this);
        refinement = new Refinement(engine, "tester");
        observations = observations(IMAGE);
        other = observations("/usr/bin/other");
    }

    private Observations observations(String image) {
        RunHeader header = new RunHeader("00", List.of(), "trace", List.of(), 0, "", "", "", "");
        Observations made = new Observations(new RunBuilder(header), facts);
        made.take(new RingRecord(
                RingRecord.IMAGE,
                0,
                PID,
                PID,
                1,
                0,
                0,
                new long[6],
                0,
                0,
                0,
                1,
                0,
                List.of(new Text(TextKind.IMAGE, 255, false, image.getBytes(StandardCharsets.UTF_8)))));
        return made;
    }

    static int number(String call) {
        return SyscallTable.of(Abi.X86_64).number(call).orElseThrow();
    }

    long fingerprint(String image, String call, long... arguments) {
        long[] masked = new long[6];
        long[] masks = facts.of(0, number(call));
        for (int i = 0; i < arguments.length; i++) {
            masked[i] = arguments[i] & masks[i];
        }
        return Fingerprint.of(Fingerprint.imageHash(image.getBytes(StandardCharsets.UTF_8)), 0, number(call), masked);
    }

    /** A call as the helper does it: runs it through the verdict if it has one, else reports it. */
    String call(int tid, String call, long... arguments) {
        return call(observations, IMAGE, tid, call, arguments);
    }

    /** The same by another program. */
    String callOfOther(int tid, String call, long... arguments) {
        return call(other, "/usr/bin/other", tid, call, arguments);
    }

    private String call(Observations seen, String image, int tid, String call, long... arguments) {
        long fingerprint = fingerprint(image, call, arguments);
        ShapeTable table = new ShapeTable(segment);
        int slot = table.find(fingerprint);
        if (slot >= 0 && table.verdict(slot) != ShapeTable.NONE) {
            return "verdict " + table.verdict(slot);
        }
        boolean held = helper.asks();
        long[] all = Arrays.copyOf(arguments, 6);
        RingRecord record = new RingRecord(
                RingRecord.CALL,
                held ? RingRecord.FLAG_HELD : 0,
                PID,
                tid,
                5,
                Abi.X86_64.auditArch(),
                number(call),
                all,
                0x1000,
                0,
                fingerprint,
                1,
                0,
                List.of());
        if (!held && slot >= 0) {
            return "ran unreported";
        }
        if (slot < 0) {
            helper.shape(fingerprint, 1, 5);
        }
        Observations.ShapeSeen shape = (Observations.ShapeSeen) seen.take(record);
        engine.call(shape.shape(), shape.isNew(), record);
        return held ? "held" : "reported";
    }

    static Rule rule(String call, Action action) {
        return Rule.of(call, action);
    }

    static Rule rule(String call, Condition condition, Action action) {
        return Rule.of(call, condition, action);
    }

    @Override
    public void asked(Question question) {
        told.add("asked " + question.call());
    }

    @Override
    public void settled(int question) {
        told.add("settled " + question);
    }

    @Override
    public void refused(Shape shape, Action action, int decision) {
        told.add("refused " + shape.key().call().name() + " " + action);
    }
}
