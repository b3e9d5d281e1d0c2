package dev.acktrace.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingReaderTest {
    private static final String HEADER = "{\"line\":\"run\",\"version\":1,\"id\":\"a\"}\n";

    private static Recording read(String text) throws IOException, RecordingException {
        return RecordingReader.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hello\n", "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}\n", "[]\n", "{\"line\":\"shape\"}\n", "x"})
    void what_is_no_recording_is_refused_with_its_line(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(RecordingException.class)
                .hasMessageStartingWith("line 1: ");
    }

    @Test
    void a_newer_version_is_refused_by_number() {
        assertThatThrownBy(() -> read("{\"line\":\"run\",\"version\":2}\n"))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("schema version 2");
    }

    @Test
    void a_number_without_a_name_stays_a_number() throws Exception {
        Recording recording =
                read(HEADER + "{\"line\":\"shape\",\"id\":1,\"abi\":\"x86_64\",\"number\":4294967290,\"count\":1}\n");
        assertThat(recording.calls()).containsExactly(new Syscall(Abi.X86_64, -6));
    }

    @Test
    void a_line_of_a_kind_that_is_not_known_is_skipped() throws Exception {
        assertThat(read(HEADER + "{\"line\":\"weather\",\"sun\":true}\n").runs())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"line\":\"shape\",\"abi\":\"vax\"}",
                "{\"line\":\"shape\",\"abi\":\"x86_64\",\"number\":-1}",
                "{\"line\":\"shape\",\"abi\":\"x86_64\",\"number\":4294967296}",
                "{\"line\":\"shape\",\"abi\":\"x86_64\",\"arguments\":{\"6\":\"0x1\"}}",
                "{\"line\":\"shape\",\"abi\":\"x86_64\",\"arguments\":{\"0\":\"1\"}}",
                "{\"line\":\"shape\",\"abi\":\"x86_64\",\"count\":-3}",
                "{\"line\":\"shape\",\"abi\":\"x86_64\",\"count\":\"3\"}",
                "{\"line\":\"end\",\"wait_status\":70000}",
                "{\"line\":\"totals\",\"shapes\":[[1,2]]}",
                "{\"line\":\"totals\",\"counts\":{\"x86_64\":{\"-1\":2}}}"
            })
    void a_field_out_of_its_range_is_refused_with_its_line(String line) {
        assertThatThrownBy(() -> read(HEADER + line + "\n"))
                .isInstanceOf(RecordingException.class)
                .hasMessageStartingWith("line 2: ");
    }

    @Test
    void nesting_without_end_is_refused() {
        String deep = "{\"line\":\"end\",\"losses\":" + "[".repeat(100_000) + "\n{\"line\":\"end\"}\n";
        assertThatThrownBy(() -> read(HEADER + deep)).isInstanceOf(RecordingException.class);
    }

    @Test
    void a_line_without_end_is_refused_in_bounded_memory() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                Arrays.fill(bytes, offset, offset + length, (byte) 'x');
                return length;
            }
        };
        assertThatThrownBy(() -> RecordingReader.read(endless))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("longer than");
    }
}
