package dev.acktrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.cli.output.Console;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrong command lines and missing files: the status, an empty standard output, and a text that helps. */
class UsageErrorTest {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(List<String> words) {
        return Main.run(words.toArray(new String[0]), new Console(out, err));
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "learn | a COMMAND is needed, or -p PID",
                "learn -- | a COMMAND is needed, or -p PID",
                "learn -p 1 -- ls | either a COMMAND or -p PID, not both",
                "learn -p 0 | -p takes the number of a process",
                "learn -p x | invalid value for option '--pid'",
                "learn --backend magic -- ls | --backend takes auto, trace, ack, notify, bpf; not 'magic'",
                "learn --args some -- ls | --args takes known, off; not 'some'",
                "learn --follow none -- ls | --follow takes wait, root; not 'none'",
                "learn --json -o - -- ls | both want standard output",
                "learn --color pink -- ls | 'pink' is none of auto, always, never",
                "run -- ls | --policy POLICY is needed",
                "run --policy p.json | a COMMAND is needed",
                "run --policy p.json --on-deny cry -- ls | --on-deny takes errno, kill, log, trace; not 'cry'",
                "run --policy p.json --on-deny kill -r x.rec -- ls | -r needs --on-deny trace",
                "policy | a RECORDING is needed",
                "show | a FILE is needed, or --pid PID",
                "show --pid 1 file | either a FILE or --pid PID, not both",
                "doctor now | unmatched argument"
            })
    void a_wrong_command_line_gives_two_and_says_what_is_wrong(String line, String message) {
        assertThat(run(List.of(line.strip().split(" ")))).as(err()).isEqualTo(ExitCode.USAGE);
        assertThat(out.size()).isZero();
        assertThat(err())
                .contains(message.strip())
                .contains("--help' shows what it takes")
                .startsWith("acktrace: ");
    }

    @Test
    void without_the_helper_a_target_cannot_be_started_and_the_remedy_is_the_script() {
        assertThat(run(List.of("learn", "--", "true"))).isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(err()).contains("the helper is not there").contains("by its script");
    }

    @ParameterizedTest
    @CsvSource({"policy", "show"})
    void a_missing_file_is_named_with_its_reason(String command) {
        String name = directory.resolve("none.rec").toString();
        assertThat(run(List.of(command, name))).isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(err()).contains(name).contains("No such file or directory");
    }

    @Test
    void a_policy_error_names_line_and_column() throws Exception {
        Path policy = Files.writeString(directory.resolve("p.json"), "{\n  \"defaultAktion\": 1\n}\n");
        assertThat(run(List.of("show", policy.toString()))).isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(err()).contains("line 2, column ").contains("defaultAktion");
    }

    @Test
    void a_policy_that_is_shown_as_json_is_one_document() throws Exception {
        Path policy = Files.writeString(
                directory.resolve("p.json"),
                "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],"
                        + "\"syscalls\":[{\"names\":[\"read\",\"write\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
        assertThat(run(List.of("show", "--json", policy.toString()))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("{\n  \"acktrace\": \"policy\",")
                .contains("\"call\": \"write\"")
                .endsWith("}\n");
    }

    @Test
    void an_empty_recording_gives_no_policy() throws Exception {
        Path recording =
                Files.writeString(directory.resolve("a.rec"), "{\"line\":\"run\",\"version\":1,\"id\":\"a\"}\n");
        assertThat(run(List.of("policy", recording.toString()))).isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(err()).contains("the recordings hold no call");
    }
}
