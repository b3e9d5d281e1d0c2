package dev.acktrace.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.fault.FaultException;
import dev.acktrace.wire.FakeHelper;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.Wire;
import dev.acktrace.wire.WireAbi;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingFileTest {
    @TempDir
    Path directory;

    private final RandomRuns random = new RandomRuns(21);

    private static void append(Path path, Run run) throws Exception {
        try (RecordingFile file = RecordingFile.append(path)) {
            file.writer().run(run);
            file.force();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.rec", "a.rec.gz"})
    void runs_that_are_appended_are_all_read(String name) throws Exception {
        Path path = directory.resolve(name);
        Recording expected = Recording.EMPTY;
        for (int i = 0; i < 8; i++) {
            Run run = random.run();
            append(path, run);
            expected = expected.merge(Recording.of(List.of(run)));
            assertThat(RecordingFile.read(path)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.rec", "a.rec.gz"})
    void a_cut_file_is_read_as_far_as_it_goes_and_can_be_appended_to(String name) throws Exception {
        for (int cut = 1; cut < 60; cut += 7) {
            Path path = directory.resolve(cut + name);
            Run first = random.run();
            append(path, first);
            byte[] bytes = Files.readAllBytes(path);
            Files.write(path, Arrays.copyOf(bytes, Math.max(1, bytes.length - cut)));
            Recording before = RecordingFile.read(path);
            assertThat(first.calls()).containsAll(before.calls());
            Run second = random.run();
            append(path, second);
            assertThat(RecordingFile.read(path).calls())
                    .containsAll(before.calls())
                    .containsAll(second.calls());
        }
    }

    @Test
    void what_is_flushed_can_be_read_while_the_file_is_open() throws Exception {
        for (String name : List.of("open.rec", "open.rec.gz")) {
            Path path = directory.resolve(name);
            try (RecordingFile file = RecordingFile.append(path)) {
                file.writer().header(random.run().header());
                file.writer().image("/bin/true", 5);
                file.flush();
                Recording found = RecordingFile.read(path);
                assertThat(found.unfinished()).isEqualTo(1);
                assertThat(found.runs().values().iterator().next().images()).containsKey("/bin/true");
            }
        }
    }

    @Test
    void a_file_of_something_else_is_not_appended_to() throws Exception {
        Path path = Files.writeString(directory.resolve("notes.txt"), "my notes\n");
        assertThatThrownBy(() -> RecordingFile.append(path)).isInstanceOf(FaultException.class);
        assertThat(path).hasContent("my notes\n");
    }

    @Test
    void a_saved_segment_is_a_recording() throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.image(1, "/bin/true", 9);
        helper.call(1, 0xC000003E, 231, new long[6], List.of());
        helper.count(WireAbi.X86_64, 231, 1);
        helper.count(WireAbi.I386, 1, 4);
        helper.state(TargetState.ENDED);
        helper.rootStatus(3 << 8);
        byte[] bytes = new byte[Wire.SEGMENT_SIZE];
        helper.bytes().get(0, bytes);
        Path path = Files.write(directory.resolve("x.salvage"), bytes);
        Run run = RecordingFile.read(path).runs().values().iterator().next();
        assertThat(run.calls()).hasToString("[x86_64:exit_group, x86:exit]");
        assertThat(run.images()).containsOnlyKeys("/bin/true");
        assertThat(run.end().orElseThrow().exitCode()).hasValue(3);
    }

    @Test
    void a_saved_segment_of_garbage_gives_the_declared_exception_or_a_run() throws Exception {
        Random garbage = new Random(5);
        for (int i = 0; i < 20; i++) {
            byte[] bytes = new byte[Wire.SEGMENT_SIZE];
            garbage.nextBytes(bytes);
            new FakeHelper().bytes().get(0, bytes, 0, 64);
            assertThat(SalvagedRun.read(ByteBuffer.wrap(bytes)).shapes().size()).isLessThan(Wire.RING_SLOTS);
        }
    }
}
