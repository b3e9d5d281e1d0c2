package dev.acktrace.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.fault.FaultException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path directory;

    private static final byte[] CONTENT = "new\n".getBytes(StandardCharsets.UTF_8);

    @Test
    void a_new_file_has_the_content_and_nothing_else_is_left() throws Exception {
        Path file = directory.resolve("p.json");
        AtomicFile.write(file, CONTENT);
        assertThat(file).hasContent("new\n");
        assertThat(names()).containsExactly("p.json");
    }

    @Test
    void the_mode_of_an_existing_file_is_kept() throws Exception {
        Path file = Files.writeString(directory.resolve("p.json"), "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        AtomicFile.write(file, CONTENT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(file).hasContent("new\n");
    }

    @Test
    void a_symbolic_link_stays_and_its_target_is_replaced() throws Exception {
        Path file = Files.writeString(directory.resolve("p.json"), "old");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        AtomicFile.write(link, CONTENT);
        assertThat(link).isSymbolicLink().hasContent("new\n");
        assertThat(file).hasContent("new\n");
    }

    @Test
    void a_missing_directory_is_told_in_three_parts() {
        Path file = directory.resolve("no/p.json");
        assertThatThrownBy(() -> AtomicFile.write(file, CONTENT)).isInstanceOfSatisfying(FaultException.class, e -> {
            assertThat(e.fault().what()).isEqualTo("cannot write '" + file + "'");
            assertThat(e.fault().why()).isEqualTo("No such file or directory");
            assertThat(e.fault().remedy()).isNotEmpty();
        });
    }

    @Test
    void a_device_is_written_to_and_not_replaced() throws Exception {
        AtomicFile.write(Path.of("/dev/null"), CONTENT);
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    @Test
    void a_directory_is_refused_and_stays() throws Exception {
        assertThatThrownBy(() -> AtomicFile.write(directory, CONTENT)).isInstanceOf(FaultException.class);
        assertThat(directory).isDirectory();
    }

    private Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(p -> p.getFileName().toString()).toList().stream();
        }
    }
}
