package dev.acktrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** {@code lint} as a user calls it. */
class LintCommandTest extends CommandHarness {
    private static final String WEAK = """
            {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],
             "syscalls":[
              {"names":["read"],"action":"SCMP_ACT_ALLOW"},
              {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_NE"}]},
              {"names":["lseek"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":1,"op":"SCMP_CMP_LE"}]},
              {"names":["lseek"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":1,"op":"SCMP_CMP_EQ"}]}]}
            """;
    private static final String SOUND = """
            {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],
             "syscalls":[{"names":["read","write"],"action":"SCMP_ACT_ALLOW"}]}
            """;

    @Test
    void findings_name_file_line_severity_reason_and_remedy() throws IOException {
        String policy = file("weak.json", WEAK);
        assertThat(run("lint", policy)).isEqualTo(1);
        assertThat(out()).contains(policy + ":4: high wide-compare socket: argument 0 is compared with 64 bits");
        assertThat(out()).contains("\n    Compare its low 32 bits");
        assertThat(out()).contains(policy + ":6: low unreachable lseek");
    }

    @Test
    void the_exit_status_says_whether_there_is_something_at_or_above_the_least_severity() throws IOException {
        String sound = file("sound.json", SOUND);
        assertThat(run("lint", sound)).as(out()).isZero();
        assertThat(run("lint", "--fail-on", "info", sound)).isEqualTo(1);
        String weak = file("weak.json", WEAK);
        assertThat(run("lint", "--fail-on", "high", weak)).isEqualTo(1);
        assertThat(run("lint", "--fail-on", "none", weak)).isZero();
        assertThat(run("lint", "--fail-on", "never", weak)).isEqualTo(2);
        assertThat(run("lint", path("missing.json"))).isEqualTo(125);
    }

    @Test
    void fix_narrows_and_drops_and_what_it_writes_has_nothing_left_to_mend() throws IOException {
        String weak = file("weak.json", WEAK);
        assertThat(run("lint", "--fix", "-o", path("fixed.json"), "--fail-on", "high", weak))
                .as(err())
                .isZero();
        assertThat(out()).contains("3 comparisons narrowed, 1 rule taken out");
        assertThat(text("weak.json")).isEqualTo(WEAK);
        assertThat(run("eval", path("fixed.json"), "socket", "0x100000001")).isZero();
        assertThat(out()).isEqualTo("ERRNO(1)\n");
        assertThat(run("eval", weak, "socket", "0x100000001")).isZero();
        assertThat(out()).isEqualTo("ALLOW\n");
        assertThat(run("lint", "--fix", path("fixed.json"))).isZero();
        assertThat(out()).doesNotContain("mended");
    }

    @Test
    void a_policy_that_depends_on_the_machine_is_not_mended_in_its_place() throws IOException {
        String text = WEAK.replace(
                "\"names\":[\"read\"]", "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]},\"names\":[\"read\"]");
        String policy = file("docker.json", text);
        assertThat(run("lint", "--fix", policy)).isEqualTo(125);
        assertThat(err()).contains("they would be lost").contains("-o FILE");
        assertThat(text("docker.json")).isEqualTo(text);
        assertThat(run("lint", "--fix", "-o", path("here.json"), "--fail-on", "none", policy))
                .isZero();
    }

    @Test
    void names_in_a_policy_do_not_steer_the_terminal() throws IOException {
        String policy = file("evil.json", SOUND.replace("\"read\"", "\"re\\u001b[31mad\""));
        assertThat(run("lint", policy)).isEqualTo(1);
        assertThat(out()).contains("unknown-name").doesNotContain("\u001b");
    }

    @Test
    void json_has_every_finding() throws IOException {
        String policy = file("weak.json", WEAK);
        assertThat(run("lint", "--json", policy)).isEqualTo(1);
        assertThat(out())
                .contains("\"severity\": \"high\"")
                .contains("\"code\": \"wide-compare\"")
                .contains("\"line\": 4");
    }

    @Test
    void compiled_filters_are_looked_at_too() throws IOException {
        String policy = file("weak.json", WEAK);
        assertThat(run("compile", "-q", "-o", path("weak.bpf"), policy)).isZero();
        assertThat(run("lint", path("weak.bpf"))).isEqualTo(1);
        assertThat(out()).contains("high wide-compare socket");
    }
}
