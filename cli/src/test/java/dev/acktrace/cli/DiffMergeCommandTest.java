package dev.acktrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code diff} and {@code merge} as a user calls them. */
class DiffMergeCommandTest extends CommandHarness {
    private static final String HEAD =
            "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],\"syscalls\":[";
    private static final String OLD = HEAD + """
            {"names":["read","write","close"],"action":"SCMP_ACT_ALLOW"},
            {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]},
            {"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}
            """;
    private static final String NEW = HEAD + """
            {"names":["close"],"action":"SCMP_ACT_ALLOW"},{"names":["read","openat"],"action":"SCMP_ACT_ALLOW"},
            {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2,"op":"SCMP_CMP_EQ"}]},
            {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]}
            """;

    private String old = "";
    private String newer = "";

    @BeforeEach
    void write() throws IOException {
        old = file("old.json", OLD);
        newer = file("new.json", NEW);
    }

    @Test
    void calls_and_ranges_of_arguments_that_one_side_executes_are_told() {
        assertThat(run("diff", old, newer)).as(err()).isEqualTo(1);
        assertThat(out()).contains("only " + old + " executes\n  x86_64           write\n");
        assertThat(out())
                .containsPattern(
                        "only .*new.json executes\n  x86_64 +socket: \\(u64\\)domain == AF_INET\n  x86_64 +openat\n");
        assertThat(out()).contains("clone3: ERRNO(38) -> ERRNO(1)");
    }

    @Test
    void another_text_of_the_same_meaning_is_no_difference() throws IOException {
        String ranges = file("ranges.json", HEAD + """
                {"names":["lseek"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":2,"op":"SCMP_CMP_LT"}]}]}""");
        String values = file("values.json", HEAD + """
                {"names":["lseek"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":0,"op":"SCMP_CMP_EQ"}]},
                {"names":["lseek"],"action":"SCMP_ACT_ALLOW",
                 "args":[{"index":2,"value":18446744073709551615,"valueTwo":1,"op":"SCMP_CMP_MASKED_EQ"}]}]}""");
        assertThat(run("diff", ranges, values)).as(out() + err()).isZero();
        assertThat(out()).isEqualTo("no difference\n");
    }

    @Test
    void a_compiled_filter_is_no_different_from_its_policy() {
        assertThat(run("compile", "-q", "-o", path("old.bpf"), old)).isZero();
        assertThat(run("diff", old, path("old.bpf"))).as(out() + err()).isZero();
        assertThat(run("diff", "--json", path("old.bpf"), newer)).isEqualTo(1);
        assertThat(out()).contains("\"same\": false").contains("\"executes\": \"left\"");
    }

    @Test
    void how_a_call_is_refused_counts_only_if_it_is_asked_for() throws IOException {
        String other = file("other.json", OLD.replace("\"errnoRet\":38", "\"errnoRet\":13"));
        assertThat(run("diff", old, other)).isEqualTo(1);
        assertThat(run("diff", "--executed", old, other)).isZero();
        run("diff", "--json", old, newer);
        assertThat(out()).contains("\"left\": \"ERRNO(38)\"");
        run("diff", "--json", "--executed", old, newer);
        assertThat(out()).contains("\"executes\": \"right\"").doesNotContain("KILL", "ERRNO");
    }

    @Test
    void an_abi_that_one_side_does_not_cover_is_told_in_short() throws IOException {
        String wide = file("wide.json", OLD.replace("\"SCMP_ARCH_X86_64\"", "\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\""));
        assertThat(run("diff", old, wide)).isEqualTo(1);
        assertThat(out()).contains("x86 ").contains("every named call but (");
        assertThat(out().length()).isLessThan(1500);
    }

    @Test
    void wrong_usage_and_unreadable_files_have_their_own_status() {
        assertThat(run("diff", old)).isEqualTo(2);
        assertThat(run("diff", old, path("missing"))).isEqualTo(125);
        assertThat(run("merge", old, newer)).isEqualTo(2);
        assertThat(run("merge", "--union", old)).isEqualTo(2);
        assertThat(run("merge", "--union", "--format", "nonsense", old, newer)).isEqualTo(2);
    }

    @Test
    void a_union_executes_what_either_executes_and_an_intersection_what_both_do() {
        assertThat(run("merge", "--union", old, newer, "-o", path("union.json")))
                .as(err())
                .isZero();
        assertThat(run("merge", "--intersection", old, newer, "-o", path("both.json")))
                .as(err())
                .isZero();
        assertThat(answer("union.json", "write")).isEqualTo("ALLOW\n");
        assertThat(answer("both.json", "write")).isEqualTo("ERRNO(1)\n");
        assertThat(answer("union.json", "socket", "2")).isEqualTo("ALLOW\n");
        assertThat(answer("both.json", "socket", "2")).isEqualTo("ERRNO(1)\n");
        assertThat(answer("both.json", "socket", "1")).isEqualTo("ALLOW\n");
        assertThat(answer("both.json", "read")).isEqualTo("ALLOW\n");
    }

    @Test
    void a_policy_merged_with_itself_is_itself() {
        assertThat(run("merge", "--union", old, old, old, "-o", path("same.json")))
                .isZero();
        assertThat(run("diff", old, path("same.json"))).as(out()).isZero();
    }

    private String answer(String policy, String... call) {
        String[] words = new String[call.length + 2];
        words[0] = "eval";
        words[1] = path(policy);
        System.arraycopy(call, 0, words, 2, call.length);
        assertThat(run(words)).as(err()).isZero();
        return out();
    }
}
