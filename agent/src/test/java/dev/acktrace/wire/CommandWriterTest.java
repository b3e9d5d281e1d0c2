package dev.acktrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.wire.CommandWriter.Launch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandWriterTest {
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    private final CommandWriter writer = new CommandWriter(stream);

    private ByteBuffer written() {
        return ByteBuffer.wrap(stream.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void a_launch_carries_filter_words_and_paths_in_order() throws Exception {
        byte[] filter = {6, 0, 0, 0, 0, 0, (byte) 0xf0, 0x7f};
        writer.launch(new Launch(
                CommandWriter.MODE_TRACE,
                CommandWriter.FOLLOW_ROOT,
                filter,
                List.of(new byte[] {'a'}, new byte[0], new byte[] {(byte) 0xff}),
                "/s",
                ""));
        ByteBuffer bytes = written();
        assertThat(bytes.getInt()).isEqualTo(1);
        assertThat(bytes.getInt()).isEqualTo(bytes.remaining());
        assertThat(bytes.getInt()).isEqualTo(CommandWriter.MODE_TRACE);
        assertThat(bytes.getInt()).isEqualTo(CommandWriter.FOLLOW_ROOT);
        assertThat(bytes.getInt()).isZero();
        assertThat(bytes.getInt()).isEqualTo(1);
        assertThat(bytes.getInt()).isEqualTo(3);
        assertThat(bytes.getInt()).isEqualTo(3);
        assertThat(bytes.getInt()).isZero();
        assertThat(bytes.getInt()).isZero();
        byte[] rest = new byte[bytes.remaining()];
        bytes.get(rest);
        assertThat(rest).containsExactly(6, 0, 0, 0, 0, 0, 0xf0, 0x7f, 'a', 0, 0, 0xff, 0, '/', 's', 0);
    }

    @Test
    void a_command_line_that_is_too_long_is_an_error_and_writes_nothing() {
        Launch launch = new Launch(1, 0, new byte[0], List.of(new byte[Wire.COMMAND_MAX]), "", "");
        assertThatThrownBy(() -> writer.launch(launch)).isInstanceOf(IOException.class);
        assertThat(stream.size()).isZero();
    }

    @Test
    void a_filter_to_stack_comes_behind_its_head() throws Exception {
        writer.tighten(new byte[] {6, 0, 0, 0, 0, 0, (byte) 0xff, 0x7f}, CommandWriter.TIGHTEN_FORCE, 7);
        ByteBuffer bytes = written();
        assertThat(bytes.getInt()).isEqualTo(8);
        assertThat(bytes.getInt()).isEqualTo(24);
        assertThat(bytes.getInt()).isEqualTo(1);
        assertThat(bytes.getInt()).isEqualTo(1);
        assertThat(bytes.getInt()).isEqualTo(7);
        assertThat(bytes.getInt()).isZero();
        assertThat(bytes.getLong()).isEqualTo(0x7fff_0000_0000_0006L);
    }

    @Test
    void filters_that_the_kernel_does_not_take_are_not_sent() {
        for (int size : new int[] {0, 7, 12, (Wire.FILTER_MAX + 1) * 8}) {
            assertThatThrownBy(() -> writer.tighten(new byte[size], 0, 1)).isInstanceOf(IOException.class);
        }
        assertThat(stream.size()).isZero();
    }

    @Test
    void short_commands_have_their_sizes() throws Exception {
        writer.signal(15);
        writer.detach();
        writer.end();
        writer.answer(7, ShapeTable.DENY, 13);
        writer.look();
        writer.attach(42, 0, "");
        ByteBuffer bytes = written();
        int[] sizes = {4, 0, 0, 12, 0, 32};
        int[] kinds = {3, 4, 5, 6, 7, 2};
        for (int i = 0; i < kinds.length; i++) {
            assertThat(bytes.getInt()).isEqualTo(kinds[i]);
            assertThat(bytes.getInt()).isEqualTo(sizes[i]);
            bytes.position(bytes.position() + sizes[i]);
        }
        assertThat(bytes.hasRemaining()).isFalse();
    }
}
