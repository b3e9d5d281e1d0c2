package dev.acktrace.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.FakeHelper;
import dev.acktrace.wire.FakeHelper.TextOf;
import dev.acktrace.wire.Loss;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.ShapeTable;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Wire;
import dev.acktrace.wire.WireAbi;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnerTest {
    private static final int X86_64 = 0xC000003E;
    private static final int IOCTL = 16;
    private static final Observations.Masks MASKS =
            (abi, number) -> new long[] {0, abi == WireAbi.X86_64 && number == IOCTL ? 0xffff_ffffL : 0, 0, 0, 0, 0};

    @TempDir
    Path directory;

    private final FakeHelper helper = new FakeHelper();

    private static RunHeader header() {
        return new RunHeader("1", List.of("x"), "trace", List.of(), 1, "", "", "", "");
    }

    private Learner learner(Optional<RecordingFile> file, LearnListener listener) throws Exception {
        Learner learner = new Learner(helper.segment(), MASKS, header(), file, listener);
        learner.begin();
        return learner;
    }

    private static long[] words(long second) {
        return new long[] {99, second, 98, 97, 96, 95};
    }

    private void target() {
        helper.image(1, "/bin/x", 100);
        helper.call(1, X86_64, IOCTL, words(0x5401), List.of());
        helper.call(1, X86_64, IOCTL, words(0xdead_0000_5402L), List.of());
        helper.call(1, X86_64, IOCTL, words(0x5401), List.of());
        helper.call(1, X86_64, 2, words(7), List.of(new TextOf(TextKind.PATH, 0, "/etc/hosts")));
        helper.call(1, X86_64, 0x40000000 + 3, words(7), List.of());
        helper.call(1, 0x40000003, 5000, words(7), List.of());
        helper.call(1, 0x11111111, 1, words(7), List.of());
        helper.count(WireAbi.X86_64, IOCTL, 3);
        helper.count(WireAbi.X86_64, 39, 12);
        helper.rootStatus(7 << 8);
        helper.state(TargetState.ENDED);
    }

    /** How many calls the learner has seen when it first listens to the doorbell; one was reported just before. */
    private int readBeforeTheBell(Segment segment) throws Exception {
        List<Shape> seen = new ArrayList<>();
        Learner learner = new Learner(segment, MASKS, header(), Optional.empty(), new LearnListener() {
            @Override
            public int call(Shape shape, boolean isNew, RingRecord record) {
                seen.add(shape);
                return ShapeTable.ACKNOWLEDGED;
            }

            @Override
            public void state(TargetState state) {
                if (state == TargetState.RUNNING) { // what was there has been taken
                    helper.call(1, X86_64, IOCTL, words(0x5401), List.of());
                }
            }
        });
        List<Integer> before = new ArrayList<>();
        helper.image(1, "/bin/x", 100);
        helper.state(TargetState.RUNNING);
        learner.run(
                new InputStream() {
                    @Override
                    public int read() {
                        before.add(seen.size());
                        helper.state(TargetState.ENDED);
                        return '!';
                    }

                    @Override
                    public int read(byte[] to, int offset, int size) {
                        to[offset] = (byte) read();
                        return 1;
                    }
                },
                0);
        assertThat(seen).hasSize(1);
        return before.get(0);
    }

    @Test
    void under_the_stub_it_reads_when_the_bell_rings() throws Exception {
        assertThat(readBeforeTheBell(helper.sharedSegment())).isZero();
    }

    @Test
    void it_reads_at_once_if_somebody_waits() throws Exception {
        Segment segment = helper.sharedSegment();
        segment.ask(true);
        assertThat(readBeforeTheBell(segment)).isEqualTo(1);
    }

    @Test
    void a_tracer_rings_only_once_so_it_looks_again_before_it_waits() throws Exception {
        assertThat(readBeforeTheBell(helper.segment())).isEqualTo(1);
    }

    @Test
    void significant_arguments_make_shapes_and_others_do_not() throws Exception {
        Learner learner = learner(Optional.empty(), LearnListener.NONE);
        target();
        assertThat(learner.run(InputStream.nullInputStream(), 0)).isEqualTo(TargetState.ENDED);
        Run run = learner.finish();
        assertThat(run.shapes().keySet())
                .extracting(ShapeKey::toString)
                .containsExactly(
                        "open() x86_64 /bin/x",
                        "ioctl(1=0x5401) x86_64 /bin/x",
                        "ioctl(1=0x5402) x86_64 /bin/x",
                        "5000() x86 /bin/x",
                        "close() x32 /bin/x");
    }

    @Test
    void the_counts_page_tells_of_calls_whose_shape_was_lost() throws Exception {
        Learner learner = learner(Optional.empty(), LearnListener.NONE);
        target();
        helper.loss(Loss.RING_FULL, 2);
        learner.run(InputStream.nullInputStream(), 0);
        Run run = learner.finish();
        assertThat(run.calls()).contains(new Syscall(Abi.X86_64, 39));
        assertThat(run.count(new Syscall(Abi.X86_64, 39))).isEqualTo(12);
        assertThat(run.end().orElseThrow().losses())
                .containsEntry("ring_full", 2L)
                .hasSize(1);
        assertThat(run.end().orElseThrow().exitCode()).hasValue(7);
    }

    @Test
    void totals_that_cannot_be_are_left_out_and_told() throws Exception {
        Path path = directory.resolve("x.rec");
        try (RecordingFile file = RecordingFile.append(path)) {
            Learner learner = learner(Optional.of(file), LearnListener.NONE);
            target();
            helper.loss(Loss.TEXT, -3);
            helper.loss(Loss.STOP, Long.MAX_VALUE);
            helper.count(WireAbi.I386, 17, -1);
            helper.stray(0, WireAbi.X32, 77, Long.MIN_VALUE);
            helper.stops(-7);
            learner.run(InputStream.nullInputStream(), 0);
            learner.finish();
        }
        Run run = RecordingFile.read(path).runs().values().iterator().next();
        assertThat(run.end().orElseThrow().losses()).containsOnly(Map.entry("overwritten", 5L));
        assertThat(run.end().orElseThrow().stops()).isZero();
        assertThat(run.counts()).doesNotContainKey(new Syscall(Abi.X86, 17));
    }

    @Test
    void the_recording_holds_what_the_learner_knows() throws Exception {
        Path path = directory.resolve("x.rec");
        Run run;
        try (RecordingFile file = RecordingFile.append(path)) {
            Learner learner = learner(Optional.of(file), LearnListener.NONE);
            target();
            learner.run(InputStream.nullInputStream(), 0);
            run = learner.finish();
            assertThat(learner.writeFailure()).isEmpty();
        }
        assertThat(RecordingFile.read(path)).isEqualTo(Recording.of(List.of(run)));
    }

    @Test
    void a_recording_is_readable_before_the_target_ends() throws Exception {
        Path path = directory.resolve("x.rec");
        try (RecordingFile file = RecordingFile.append(path)) {
            Learner learner = learner(Optional.of(file), LearnListener.NONE);
            helper.image(1, "/bin/x", 100);
            helper.call(1, X86_64, 2, words(7), List.of());
            learner.step();
            Recording found = RecordingFile.read(path);
            assertThat(found.calls()).containsExactly(new Syscall(Abi.X86_64, 2));
            assertThat(found.unfinished()).isEqualTo(1);
        }
    }

    @Test
    void a_reported_shape_is_acknowledged_unless_the_listener_wants_to_wait() throws Exception {
        List<String> told = new ArrayList<>();
        Learner learner = learner(Optional.empty(), new LearnListener() {
            @Override
            public int call(Shape shape, boolean isNew, RingRecord record) {
                told.add(shape.key().call().name() + isNew);
                return shape.key().number() == 2 ? ShapeTable.NONE : ShapeTable.ACKNOWLEDGED;
            }
        });
        long open = publish(2);
        long close = publish(3);
        ShapeTable table = new ShapeTable(helper.segment());
        learner.step();
        assertThat(told).containsExactly("opentrue", "closetrue");
        assertThat(table.verdict(table.find(open))).isEqualTo(ShapeTable.NONE);
        assertThat(table.verdict(table.find(close))).isEqualTo(ShapeTable.ACKNOWLEDGED);
    }

    private long publish(int number) {
        long fingerprint = 0x1234_5678_0000_0000L
                + helper.publish(RingRecord.CALL, 0, 1, X86_64, number, new long[6], 0, List.of());
        helper.shape(fingerprint, 1, 0);
        return fingerprint;
    }

    @Test
    void the_end_of_the_doorbell_ends_the_learning() throws Exception {
        helper.state(TargetState.RUNNING);
        Learner learner = learner(Optional.empty(), LearnListener.NONE);
        helper.call(0, X86_64, 2, words(7), List.of());
        assertThat(learner.run(new ByteArrayInputStream(new byte[] {1, 1}), 0)).isEqualTo(TargetState.RUNNING);
        assertThat(learner.snapshot().calls()).containsExactly(new Syscall(Abi.X86_64, 2));
    }

    @Test
    void a_state_of_an_earlier_launch_is_not_believed() throws Exception {
        helper.state(TargetState.ENDED);
        Learner learner = learner(Optional.empty(), LearnListener.NONE);
        assertThat(learner.run(InputStream.nullInputStream(), 1)).isEqualTo(TargetState.LAUNCHING);
    }

    @Test
    void a_target_that_scribbles_over_the_segment_does_not_stop_the_learner() throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            FakeHelper hostile = new FakeHelper();
            Random random = new Random(seed);
            Learner learner = new Learner(hostile.segment(), MASKS, header(), Optional.empty(), LearnListener.NONE);
            learner.begin();
            for (int round = 0; round < 20; round++) {
                hostile.image(random.nextInt(), "/x" + round, 1);
                for (int i = 0; i < 30; i++) {
                    hostile.call(
                            random.nextInt(),
                            X86_64,
                            random.nextInt(),
                            random.longs(6).toArray(),
                            List.of());
                }
                for (int i = 0; i < 300; i++) {
                    int at = 64 + random.nextInt(Wire.SEGMENT_SIZE - 64);
                    hostile.bytes()
                            .put(i % 2 == 0 ? at : Wire.SEGMENT_SIZE - 1 - at % 1_900_000, (byte) random.nextInt());
                }
                learner.step();
            }
            Run run = learner.finish();
            assertThat(run.shapes().size()).as("seed " + seed).isLessThan(Observations.SHAPES_MAX);
            assertThat(Recording.of(List.of(run)).runs()).hasSize(1);
        }
    }
}
