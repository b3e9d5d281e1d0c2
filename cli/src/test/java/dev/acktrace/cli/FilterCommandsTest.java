package dev.acktrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.cli.output.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code eval}, {@code compile} and {@code export} as a user calls them. */
class FilterCommandsTest {
    private static final String POLICY = """
            {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,
             "architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],
             "syscalls":[
              {"names":["read","write","openat"],"action":"SCMP_ACT_ALLOW"},
              {"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":1},
              {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]}
            """;

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private String policy = "";

    @BeforeEach
    void writePolicy() throws IOException {
        policy = Files.writeString(directory.resolve("web.json"), POLICY).toString();
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.run(arguments, new Console(out, err));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "x86_64, read, '', ALLOW",
        "x86_64, 0, '', ALLOW",
        "x86_64, socket, 1, ALLOW",
        "x86_64, socket, 0x100000001, ERRNO(38)",
        "x86, socket, 1, ALLOW",
        "x86_64, clone3, '', ERRNO(1)",
        "x86_64, 0x40000000, '', KILL_THREAD",
        "x86_64, -1, '', ERRNO(38)",
        "aarch64, read, '', KILL_THREAD"
    })
    void a_call_is_answered_as_the_policy_says(String arch, String call, String argument, String action) {
        String[] line = argument.isEmpty()
                ? new String[] {"eval", "--arch", arch, policy, call}
                : new String[] {"eval", "--arch", arch, policy, call, argument};
        if (call.equals("-1")) {
            line = new String[] {"eval", "--arch", arch, "--", policy, call};
        }
        assertThat(run(line)).as(err()).isZero();
        assertThat(out()).isEqualTo(action + "\n");
    }

    @Test
    void a_compiled_filter_answers_like_its_policy_and_stacks_with_it() {
        String filter = directory.resolve("web.bpf").toString();
        assertThat(run("compile", policy, "-o", filter)).isZero();
        assertThat(err()).contains("allowed calls stay in the kernel's action cache");
        run("eval", filter, "clone3");
        assertThat(out()).isEqualTo("ERRNO(1)\n");
        run("eval", filter, policy, "socket", "2");
        assertThat(out()).isEqualTo("ERRNO(38)\n");
    }

    @Test
    void of_equal_answers_that_of_the_last_filter_counts() throws IOException {
        String other = Files.writeString(
                        directory.resolve("other.json"),
                        POLICY.replace("\"defaultErrnoRet\":38", "\"defaultErrnoRet\":13"))
                .toString();
        run("eval", policy, other, "mount");
        assertThat(out()).isEqualTo("ERRNO(13)\n");
        run("eval", other, policy, "mount");
        assertThat(out()).isEqualTo("ERRNO(38)\n");
    }

    @Test
    void runc_answers_enosys_to_what_is_newer_than_the_policy() throws IOException {
        String eperm = Files.writeString(
                        directory.resolve("eperm.json"),
                        POLICY.replace("\"defaultErrnoRet\":38", "\"defaultErrnoRet\":1"))
                .toString();
        run("eval", "--as", "runc", eperm, "mseal");
        assertThat(out()).isEqualTo("ERRNO(38)\n");
        run("eval", "--as", "runc", eperm, "mount");
        assertThat(out()).isEqualTo("ERRNO(1)\n");
        run("eval", "--as", "crun", eperm, "mseal");
        assertThat(out()).isEqualTo("ERRNO(1)\n");
    }

    @Test
    void every_policy_becomes_a_file_of_its_name_in_the_directory() throws IOException {
        Path filters = directory.resolve("filters");
        String second =
                Files.copy(Path.of(policy), directory.resolve("db.json")).toString();
        assertThat(run("compile", "-d", filters.toString(), "--json", policy, second))
                .isZero();
        assertThat(Files.size(filters.resolve("web.bpf")) % 8).isZero();
        assertThat(Files.readAllBytes(filters.resolve("db.bpf")))
                .isEqualTo(Files.readAllBytes(filters.resolve("web.bpf")));
        assertThat(out()).contains("\"instructions\"", "\"cached\"", "arguments are tested");
    }

    @ParameterizedTest
    @ValueSource(strings = {"eval web", "compile", "export web", "compile a b", "eval web read 1x", "export -f x web"})
    void wrong_words_are_wrong_usage(String words) {
        String[] line = words.replace("web", policy).split(" ");
        assertThat(run(line)).as(words).isEqualTo(ExitCode.USAGE);
        assertThat(out()).isEmpty();
        assertThat(err()).contains("wrong usage");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"oci", "docker", "podman", "spo", "systemd", "minijail", "kafel", "firejail", "bpf", "c", "text"
            })
    void a_policy_is_written_in_every_format_twice_the_same(String format) {
        assertThat(run("export", "--format", format, policy)).as(err()).isZero();
        byte[] first = out.toByteArray();
        run("export", "--format", format, policy);
        assertThat(out.toByteArray()).isEqualTo(first).isNotEmpty();
    }

    @Test
    void strict_writes_nothing_if_the_result_would_be_wider() {
        Path file = directory.resolve("web.inc");
        assertThat(run("export", "--format", "systemd", "--strict", "-o", file.toString(), policy))
                .isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(file).doesNotExist();
        assertThat(err()).contains("wider than the policy", "--strict");
        assertThat(run("export", "--format", "minijail", "--strict", "-o", file.toString(), policy))
                .isZero();
        assertThat(file).content().contains("socket: arg0 == 0x1\n");
    }

    @Test
    void a_filter_is_disassembled_and_assembled_to_the_same_bytes() throws IOException {
        Path filter = directory.resolve("web.bpf");
        Path text = directory.resolve("web.txt");
        Path again = directory.resolve("again.bpf");
        run("compile", "-q", policy, "-o", filter.toString());
        assertThat(run("disasm", filter.toString())).isZero();
        Files.writeString(text, out());
        assertThat(run("asm", text.toString(), "-o", again.toString()))
                .as(err())
                .isZero();
        assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(filter));
    }

    @Test
    void a_filter_that_the_kernel_would_refuse_is_not_written() throws IOException {
        Path text = Files.writeString(directory.resolve("bad.txt"), "ld [3]\nret #0\n");
        Path filter = directory.resolve("bad.bpf");
        assertThat(run("asm", text.toString(), "-o", filter.toString())).isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(err()).contains("EINVAL", "offset 3");
        assertThat(filter).doesNotExist();
    }

    @Test
    void what_a_format_cannot_say_is_told_as_json_too() {
        Path file = directory.resolve("web.conf");
        assertThat(run("export", "--json", "--format", "systemd", "-o", file.toString(), policy))
                .as(err())
                .isZero();
        assertThat(out()).contains("\"widens\": true").contains("\"losses\": [").contains("@default");
        assertThat(err()).isEmpty();
        assertThat(run("export", "--json", "--format", "systemd", policy)).isEqualTo(2);
    }

    @Test
    void arguments_may_be_constants_of_the_kernel() {
        run("eval", policy, "socket", "AF_UNIX");
        assertThat(out()).isEqualTo("ALLOW\n");
        run("eval", policy, "socket", "AF_INET", "SOCK_STREAM");
        assertThat(out()).isEqualTo("ERRNO(38)\n");
        assertThat(run("eval", policy, "socket", "AF_NOPE")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("AF_NOPE");
    }

    @Test
    void a_policy_of_minijail_may_include_a_file_that_stands_beside_it() throws IOException {
        Files.writeString(directory.resolve("base.policy"), "read: 1\n");
        String main = Files.writeString(directory.resolve("main.policy"), "@include ./base.policy\nwrite: 1\n")
                .toString();
        run("eval", main, "read");
        assertThat(out()).isEqualTo("ALLOW\n");
        Files.writeString(directory.resolve("base.policy"), "read: 1\nnonsense\n");
        run("eval", main, "read");
        assertThat(err()).contains("which includes " + directory.resolve("base.policy") + ": line 2");
        Files.delete(directory.resolve("base.policy"));
        assertThat(run("eval", main, "read")).isEqualTo(ExitCode.OWN_FAILURE);
        assertThat(err()).contains("line 1, column 10").contains("No such file");
    }

    @Test
    void the_text_for_review_is_a_policy_again_and_adds_to_others() throws IOException {
        String text = directory.resolve("web.txt").toString();
        assertThat(run("export", "-f", "text", "-o", text, policy)).isZero();
        assertThat(run("diff", policy, text)).isZero();
        String mine = Files.writeString(
                        directory.resolve("mine.txt"), "default: ERRNO(ENOSYS)\nALLOW:\n  ioctl: cmd == TCGETS\n")
                .toString();
        String both = directory.resolve("both.json").toString();
        assertThat(run("merge", "--union", policy, mine, "-o", both)).isZero();
        run("eval", both, "ioctl", "0", "TCGETS");
        assertThat(out()).isEqualTo("ALLOW\n");
        run("eval", both, "ioctl", "0", "TCSETS");
        assertThat(out()).isEqualTo("ERRNO(38)\n");
    }

    @Test
    void a_compiled_filter_answers_as_the_runtime_that_it_was_compiled_for() {
        String filter = directory.resolve("runc.bpf").toString();
        assertThat(run("compile", "--as", "runc", "-q", "-o", filter, policy)).isZero();
        for (String reader : new String[] {"runc", "crun", "oci"}) {
            run("eval", "--as", reader, "--arch", "x86", policy, "socketcall", "1");
            assertThat(out()).isEqualTo(reader.equals("oci") ? "ERRNO(38)\n" : "ALLOW\n");
        }
        run("eval", "--arch", "x86", filter, "socketcall", "1");
        assertThat(out()).isEqualTo("ALLOW\n");
    }
}
