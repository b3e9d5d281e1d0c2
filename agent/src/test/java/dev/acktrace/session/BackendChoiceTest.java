package dev.acktrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendChoiceTest {
    @TempDir
    private Path directory;

    private Path program(String name, byte[] head) throws IOException {
        Path file = Files.write(directory.resolve(name), head);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    private BackendChoice choice(String command) {
        return BackendChoice.launch(List.of(command, "argument"), directory.toString(), () -> true);
    }

    @Test
    void a_64_bit_program_is_learned_by_ack_wherever_it_is_found() throws IOException {
        Path file = program("tool", ImageKindTest.elf(2, 62));
        assertThat(choice("tool").backend()).isEqualTo("ack");
        assertThat(choice(file.toString()).backend()).isEqualTo("ack");
    }

    @Test
    void what_ack_cannot_load_is_learned_by_trace_and_the_reason_names_it() throws IOException {
        program("old", ImageKindTest.elf(1, 3));
        program("foreign", ImageKindTest.elf(2, 183));
        program("text", "echo".getBytes(StandardCharsets.US_ASCII));
        for (String name : List.of("old", "foreign", "text")) {
            assertThat(choice(name).backend()).as(name).isEqualTo("trace");
            assertThat(choice(name).reason()).contains("'" + name + "'");
        }
    }

    @Test
    void a_script_is_judged_by_its_last_interpreter() throws IOException {
        Path old = program("old", ImageKindTest.elf(1, 3));
        Path inner = program("inner", ("#!" + old).getBytes(StandardCharsets.US_ASCII));
        program("outer", ("#! " + inner + " -x\n").getBytes(StandardCharsets.US_ASCII));
        assertThat(choice("outer").reason()).contains("'outer' is a 32-bit program");
        Path current = program("current", ImageKindTest.elf(2, 62));
        program("good", ("#!" + current + "\n").getBytes(StandardCharsets.US_ASCII));
        assertThat(choice("good").backend()).isEqualTo("ack");
    }

    @Test
    void scripts_that_start_each_other_end_the_search() throws IOException {
        Path self = directory.resolve("self");
        program("self", ("#!" + self + "\n").getBytes(StandardCharsets.US_ASCII));
        assertThat(choice("self").backend()).isEqualTo("ack");
    }

    @Test
    void a_failed_self_test_means_trace() throws IOException {
        program("tool", ImageKindTest.elf(2, 62));
        BackendChoice choice = BackendChoice.launch(List.of("tool"), directory.toString(), () -> false);
        assertThat(choice.backend()).isEqualTo("trace");
        assertThat(choice.reason()).contains("acktrace doctor");
    }

    @Test
    void what_is_not_there_is_left_to_the_launch_to_tell() {
        assertThat(choice("no-such-program").backend()).isEqualTo("ack");
        assertThat(choice("no\0such").backend()).isEqualTo("ack");
        assertThat(BackendChoice.attach().backend()).isEqualTo("trace");
    }
}
