package dev.acktrace.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws that hold for every recording; the number of the test is the seed. */
class RecordingPropertyTest {
    private static final int CASES = 200;

    private static byte[] written(Recording recording) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RecordingWriter writer = new RecordingWriter(bytes);
        for (Run run : recording.runs().values()) {
            writer.run(run);
        }
        return bytes.toByteArray();
    }

    private static Recording read(byte[] bytes) throws IOException, RecordingException {
        return RecordingReader.read(new ByteArrayInputStream(bytes));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void merging_is_commutative_associative_and_idempotent(long seed) {
        RandomRuns random = new RandomRuns(seed);
        for (int i = 0; i < CASES; i++) {
            Recording a = random.recording();
            Recording b = random.recording();
            Recording c = random.recording();
            assertThat(a.merge(b)).isEqualTo(b.merge(a));
            assertThat(a.merge(b).merge(c)).isEqualTo(a.merge(b.merge(c)));
            assertThat(a.merge(a)).isEqualTo(a);
            assertThat(a.merge(b).merge(b)).isEqualTo(a.merge(b));
            assertThat(a.merge(Recording.EMPTY)).isEqualTo(a);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void what_was_written_is_read_again(long seed) throws Exception {
        RandomRuns random = new RandomRuns(seed);
        for (int i = 0; i < CASES; i++) {
            Recording recording = random.recording();
            assertThat(read(written(recording))).isEqualTo(recording);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8})
    void every_prefix_can_be_read_and_holds_no_more_than_the_whole(long seed) throws Exception {
        RandomRuns random = new RandomRuns(seed);
        for (int i = 0; i < 12; i++) {
            Recording whole = random.recording();
            byte[] bytes = written(whole);
            for (int length = 0; length < bytes.length; length += 1 + length / 97) {
                Recording part = read(Arrays.copyOf(bytes, length));
                assertThat(whole.calls()).as("prefix of " + length).containsAll(part.calls());
                assertThat(whole.shapeKeys()).containsAll(part.shapeKeys());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void a_run_appended_behind_a_cut_line_is_read_with_the_cut_one(long seed) throws Exception {
        RandomRuns random = new RandomRuns(seed);
        for (int i = 0; i < 50; i++) {
            byte[] first = written(Recording.of(List.of(random.run())));
            Recording second = Recording.of(List.of(random.run()));
            int cut = first.length - 1 - i % Math.max(1, first.length / 2);
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.write(first, 0, cut);
            both.write('\n');
            both.writeBytes(written(second));
            Recording read = read(both.toByteArray());
            assertThat(read.calls()).containsAll(second.calls());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void garbage_gives_the_declared_exception_or_a_recording(long seed) throws Exception {
        Random garbage = new Random(seed);
        RandomRuns random = new RandomRuns(seed);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bytes = written(random.recording());
            for (int change = garbage.nextInt(20); change > 0 && bytes.length > 0; change--) {
                bytes[garbage.nextInt(bytes.length)] = (byte) garbage.nextInt();
            }
            try {
                read(bytes);
            } catch (RecordingException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }
}
