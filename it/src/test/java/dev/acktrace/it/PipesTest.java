package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands between pipes, as a shell puts them. */
class PipesTest {
    private static final String POLICY = """
            {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],
             "syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}
            """;

    @TempDir
    Path directory;

    @BeforeEach
    void policy() throws IOException {
        Files.writeString(directory.resolve("p.json"), POLICY);
    }

    /** What a line of a shell writes, and its status; {@code a} is the launcher. */
    private String shell(String line) throws IOException, InterruptedException {
        String launcher = ReplProcess.root().resolve("acktrace").toString();
        Process shell = new ProcessBuilder("bash", "-c", "a() { '" + launcher + "' \"$@\"; }; " + line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said + shell.waitFor();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cat p.json | a eval - read | ALLOW",
                "cat p.json | a lint --fail-on high - | info",
                "a compile -q p.json | a disasm - | KILL_THREAD",
                "a compile -q p.json | a disasm - | a asm - | a eval <(cat p.json) - read | ALLOW",
                "a compile -q p.json | a explain - | read",
                "a export -f text p.json | a diff - p.json | no difference",
            })
    void what_one_writes_the_next_reads(String line) throws Exception {
        int last = line.lastIndexOf('|');
        String said = shell("set -o pipefail; " + line.substring(0, last));
        assertThat(said)
                .contains(line.substring(last + 1).strip())
                .endsWith("0")
                .doesNotContain("Exception");
    }

    @Test
    void a_reader_that_goes_ends_the_writer_without_a_word() throws Exception {
        assertThat(shell("yes 'x86_64 read' | head -100000 | a eval --stdin p.json | head -1"))
                .endsWith("ALLOW\n0")
                .doesNotContain("cannot", "Exception");
    }

    @Test
    void a_full_disk_is_told() throws Exception {
        assertThat(shell("a eval p.json read > /dev/full"))
                .contains("cannot write to standard output: No space left on device")
                .endsWith("125");
    }
}
