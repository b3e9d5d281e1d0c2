package dev.acktrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code explain} as a user calls it. */
class ExplainCommandTest extends CommandHarness {
    private static final String POLICY = """
            {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],
             "syscalls":[
              {"names":["read","write"],"action":"SCMP_ACT_ALLOW"},
              {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]}
            """;

    private String policy = "";
    private String filter = "";

    @BeforeEach
    void compile() throws IOException {
        policy = file("web.json", POLICY);
        filter = path("web.bpf");
        assertThat(run("compile", "-q", "-o", filter, policy)).isZero();
    }

    @Test
    void a_filter_is_told_as_rules_with_names() {
        assertThat(run("explain", filter)).as(err()).isZero();
        assertThat(out())
                .startsWith(filter + ": ")
                .contains("default        ERRNO(1)")
                .contains("architectures  SCMP_ARCH_X86_64")
                .contains("read, write")
                .contains("socket  ALLOW  (u64)domain == AF_UNIX");
    }

    @Test
    void several_filters_are_told_one_by_one_and_together() throws IOException {
        String narrow = file("narrow.json", POLICY.replace("\"read\",", ""));
        assertThat(run("compile", "-q", "-o", path("narrow.bpf"), narrow)).isZero();
        assertThat(run("explain", "--json", filter, path("narrow.bpf")))
                .as(err())
                .isZero();
        String together = out().substring(out().indexOf("\"together\""));
        assertThat(together).contains("\"write\"").doesNotContain("\"read\"");
    }

    @Test
    void a_filter_goes_where_a_policy_goes() {
        assertThat(run("export", "--format", "oci", "-o", path("back.json"), filter))
                .as(err())
                .isZero();
        assertThat(run("diff", policy, path("back.json"))).as(out()).isZero();
        assertThat(run("show", filter)).as(err()).isZero();
        assertThat(out()).contains("read, write");
    }

    @Test
    void what_is_no_filter_is_refused_with_a_reason() throws IOException {
        assertThat(run("explain", policy)).isEqualTo(125);
        assertThat(err()).contains("no compiled filter").contains("acktrace show");
        assertThat(run("explain")).isEqualTo(2);
        assertThat(run("explain", "--pid", "0")).isEqualTo(2);
        assertThat(run("explain", "--pid", "1", filter)).isEqualTo(2);
        String zeros = file("zeros.bpf", "\0".repeat(16));
        assertThat(run("explain", zeros)).isEqualTo(125);
        assertThat(err()).contains("the kernel refuses it with EINVAL");
    }
}
