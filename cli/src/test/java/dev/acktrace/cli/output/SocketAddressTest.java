package dev.acktrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SocketAddressTest {
    @Test
    void families_are_shown_as_people_write_them() {
        assertThat(SocketAddress.text(new byte[] {2, 0, 0x1f, (byte) 0x90, 127, 0, 0, 1}))
                .isEqualTo("{AF_INET, 127.0.0.1:8080}");
        assertThat(SocketAddress.text("\1\0/run/x.sock\0".getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo("{AF_UNIX, \"/run/x.sock\"}");
        assertThat(SocketAddress.text("\1\0\0name".getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo("{AF_UNIX, \"@name\"}");
    }

    @Test
    void bytes_of_any_kind_are_text_without_control_characters() {
        Random random = new Random(3);
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 1) {
                bytes[0] = (byte) new int[] {1, 2, 10, 16, 99}[random.nextInt(5)];
                bytes[1] = 0;
            }
            assertThat(SocketAddress.text(bytes).chars()).noneMatch(Character::isISOControl);
        }
    }
}
