package dev.acktrace.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.acktrace.session.ImageKind.Compat;
import dev.acktrace.session.ImageKind.Native;
import dev.acktrace.session.ImageKind.Other;
import dev.acktrace.session.ImageKind.Script;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImageKindTest {
    static byte[] elf(int elfClass, int machine) {
        byte[] head = new byte[64];
        head[0] = 0x7f;
        head[1] = 'E';
        head[2] = 'L';
        head[3] = 'F';
        head[4] = (byte) elfClass;
        head[5] = 1;
        head[18] = (byte) machine;
        head[19] = (byte) (machine >> 8);
        return head;
    }

    private static ImageKind script(String text) {
        return ImageKind.of(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void an_image_is_what_its_class_and_machine_say() {
        assertThat(ImageKind.of(elf(2, 62))).isInstanceOf(Native.class);
        assertThat(ImageKind.of(elf(1, 3))).isInstanceOf(Compat.class);
        assertThat(ImageKind.of(elf(1, 62))).as("x32").isInstanceOf(Compat.class);
        assertThat(ImageKind.of(elf(2, 183))).as("aarch64").isInstanceOf(Other.class);
        assertThat(ImageKind.of(elf(1, 40))).as("arm").isInstanceOf(Other.class);
    }

    @Test
    void a_script_names_its_interpreter() {
        assertThat(script("#!/bin/sh\necho")).isEqualTo(new Script("/bin/sh"));
        assertThat(script("#! \t/usr/bin/env -S python3 -u\n")).isEqualTo(new Script("/usr/bin/env"));
        assertThat(script("#!/bin/sh")).isEqualTo(new Script("/bin/sh"));
        assertThat(script("#!\n/bin/sh")).isInstanceOf(Other.class);
        assertThat(script("echo")).isInstanceOf(Other.class);
        assertThat(script("")).isInstanceOf(Other.class);
    }

    @Test
    void garbage_is_something_and_no_failure() {
        Random random = new Random(20261123);
        for (int i = 0; i < 20_000; i++) {
            byte[] head = random.nextBoolean() ? elf(random.nextInt(4), random.nextInt(300)) : new byte[ImageKind.HEAD];
            for (int k = random.nextInt(8); k > 0; k--) {
                head[random.nextInt(head.length)] = (byte) random.nextInt(256);
            }
            byte[] cut = Arrays.copyOf(head, random.nextInt(head.length + 1));
            assertThatCode(() -> ImageKind.of(cut)).doesNotThrowAnyException();
        }
    }
}
