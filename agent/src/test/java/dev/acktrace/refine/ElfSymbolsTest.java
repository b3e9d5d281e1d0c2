package dev.acktrace.refine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfSymbolsTest {
    private static final Path LIBC = Path.of("/lib/x86_64-linux-gnu/libc.so.6");

    @Test
    void some_offset_of_the_c_library_is_in_connect() {
        Assumptions.assumeTrue(Files.exists(LIBC), "no glibc at " + LIBC);
        ElfSymbols symbols = ElfSymbols.read(LIBC);
        boolean found = false;
        for (long offset = 0; offset < 3_000_000 && !found; offset += 4) {
            found = symbols.at(offset)
                    .filter(place -> place.symbol().equals("connect") && place.distance() < 256)
                    .isPresent();
        }
        assertThat(found).isTrue();
        assertThat(symbols.at(0)).isEmpty();
    }

    @Test
    void a_file_that_is_no_elf_file_has_no_symbols(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("f"), "#!/bin/sh\n".repeat(100));
        assertThat(ElfSymbols.read(file).at(0)).isEmpty();
        assertThat(ElfSymbols.read(directory.resolve("missing")).at(0)).isEmpty();
    }

    @Test
    void damaged_headers_do_not_lead_outside(@TempDir Path directory) throws Exception {
        Assumptions.assumeTrue(Files.exists(LIBC), "no glibc at " + LIBC);
        byte[] head = ByteBuffer.wrap(Files.readAllBytes(LIBC), 0, 4096).slice().array();
        Random random = new Random(11);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = Arrays.copyOf(head, 64 + random.nextInt(4032));
            bytes[0x28 + random.nextInt(24)] = (byte) random.nextInt(256);
            Path file = Files.write(directory.resolve("f" + i), bytes);
            assertThat(ElfSymbols.read(file).at(random.nextInt(4096))).isEmpty();
        }
    }
}
