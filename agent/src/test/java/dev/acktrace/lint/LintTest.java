package dev.acktrace.lint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.bpf.Instruction;
import dev.acktrace.bpf.Program;
import dev.acktrace.format.FilterReader;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.Imported;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.PolicyReader;
import dev.acktrace.lint.Finding.Severity;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LintTest {
    private static Policy policy(Action otherwise, Rule... rules) {
        return Policy.of(otherwise, List.of(Abi.X86_64, Abi.X86), List.of(rules));
    }

    private static Imported imported(Policy policy) {
        return new Imported(policy, List.of(), Set.of(), new Imported.Source(Imported.Kind.OCI, false, Map.of()));
    }

    private static List<Finding> of(Policy policy, String code) {
        return of(imported(policy), code);
    }

    private static List<Finding> of(Imported imported, String code) {
        return Lint.check(imported).stream()
                .filter(finding -> finding.code().equals(code))
                .toList();
    }

    @Test
    void a_64_bit_comparison_that_refuses_a_32_bit_argument_can_be_got_around() {
        Condition tiocsti = Condition.of(Comparison.of(1, Operator.EQ, 0x5412));
        Policy policy = policy(Action.ALLOW, Rule.of("ioctl", tiocsti, Action.errno(1)));
        assertThat(of(policy, "wide-compare")).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.HIGH);
            assertThat(finding.remedy()).contains("--fix");
        });
        SeccompData dirty = SeccompData.of(Abi.X86_64, 16, 0, 1L << 32 | 0x5412);
        assertThat(policy.decide(dirty, Action.KILL_THREAD)).isEqualTo(Action.ALLOW);
        Policy fixed = Narrowing.fix(policy).policy();
        assertThat(fixed.decide(dirty, Action.KILL_THREAD)).isEqualTo(Action.errno(1));
        assertThat(of(fixed, "wide-compare")).isEmpty();
    }

    @Test
    void arguments_that_are_64_bits_wide_are_left_alone() {
        Condition prot = Condition.of(Comparison.of(2, Operator.EQ, 1));
        Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of(Rule.of("mmap", prot, Action.ALLOW)));
        assertThat(of(policy, "wide-compare")).isEmpty();
        assertThat(Narrowing.fix(policy).policy()).isEqualTo(policy);
        assertThat(of(policy, "write-execute")).isEmpty();
    }

    @Test
    void what_is_weak_is_told() {
        Policy open = policy(
                Action.errno(1),
                Rule.of("mmap", Action.ALLOW),
                Rule.of("execve", Action.ALLOW),
                Rule.of("ptrace", Action.ALLOW));
        assertThat(of(open, "write-execute")).hasSize(1);
        assertThat(of(open, "sibling")).anyMatch(finding -> finding.reason().contains("execveat"));
        assertThat(of(open, "ptrace")).anyMatch(finding -> finding.call().equals("ptrace"));
        assertThat(of(policy(Action.ALLOW), "default-allow")).hasSize(1);
        assertThat(of(Policy.of(Action.errno(1), List.of(Abi.X86_64, Abi.X32), List.of()), "x32"))
                .hasSize(1);
    }

    @Test
    void a_rule_that_another_covers_is_told() {
        Comparison first = Comparison.of(0, Operator.EQ, 1);
        Comparison second = Comparison.of(1, Operator.EQ, 2);
        Policy policy = policy(
                Action.errno(1),
                Rule.of("read", Condition.of(first), Action.ALLOW),
                Rule.of("read", Condition.of(first, second), Action.ALLOW));
        assertThat(of(policy, "unreachable")).hasSize(1);
    }

    @Test
    void what_an_entry_without_a_test_takes_from_others_is_told_with_its_line() throws FormatException {
        List<Finding> findings = Lint.check(read("""
                {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
                {"names":["kill"],"action":"SCMP_ACT_KILL","args":[{"index":1,"value":9,"op":"SCMP_CMP_EQ"}]},
                {"names":["kill","read"],"action":"SCMP_ACT_ALLOW"},
                {"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":5},
                {"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":9,"op":"SCMP_CMP_EQ"}]},
                {"names":["write"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":0,"op":"SCMP_CMP_LT"}]}]}
                """));
        assertThat(findings)
                .filteredOn(finding -> finding.code().equals("unreachable"))
                .extracting(finding -> finding.severity() + " " + finding.line())
                .containsExactly("MEDIUM 2", "MEDIUM 4", "LOW 5", "LOW 6");
    }

    private static Imported read(String json) throws FormatException {
        return PolicyReader.read(
                json.getBytes(StandardCharsets.UTF_8),
                "p.json",
                OciOptions.strict().withLenient(true));
    }

    @ParameterizedTest
    @CsvSource({
        "EQ, ALLOW, LOW",
        "NE, ALLOW, HIGH",
        "LT, ALLOW, LOW",
        "LE, ALLOW, LOW",
        "GE, ALLOW, HIGH",
        "GT, ALLOW, HIGH",
        "EQ, ERRNO(1), HIGH",
        "NE, ERRNO(1), LOW",
        "LT, ERRNO(1), HIGH",
        "GT, ERRNO(1), LOW"
    })
    void a_wide_comparison_is_as_bad_as_what_the_upper_half_does_with_it(
            Operator operator, String action, Severity severity) {
        Action then = Action.parse(action).orElseThrow();
        Rule rule = Rule.of("socket", Condition.of(Comparison.of(0, operator, 2)), then);
        Policy policy = policy(then.equals(Action.ALLOW) ? Action.errno(1) : Action.ALLOW, rule);
        assertThat(of(policy, "wide-compare")).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(severity);
            assertThat(finding.call()).isEqualTo("socket");
        });
        int number = 41;
        SeccompData dirty = SeccompData.of(Abi.X86_64, number, 1L << 32 | 2);
        SeccompData clean = SeccompData.of(Abi.X86_64, number, 2);
        Policy fixed = Narrowing.fix(policy).policy();
        assertThat(fixed.decide(dirty, then)).isEqualTo(policy.decide(clean, then));
    }

    @Test
    void memory_to_write_and_execute_is_found_behind_any_condition_that_lets_it_pass() {
        for (Comparison open : List.of(
                Comparison.of(2, Operator.EQ, 6),
                Comparison.of(2, Operator.EQ, 0x100000F),
                Comparison.masked(2, 1, 1),
                Comparison.of(2, Operator.NE, 7),
                Comparison.of(2, Operator.LE, 6),
                Comparison.of(3, Operator.EQ, 2))) {
            Policy policy = policy(Action.errno(1), Rule.of("mmap", Condition.of(open), Action.ALLOW));
            assertThat(of(policy, "write-execute")).as(open.toString()).hasSize(1);
        }
        for (Comparison shut : List.of(
                Comparison.of(2, Operator.EQ, 5),
                Comparison.masked(2, 2, 0),
                Comparison.masked(2, 6, 4),
                Comparison.of(2, Operator.LE, 5))) {
            Policy policy = policy(Action.errno(1), Rule.of("mmap", Condition.of(shut), Action.ALLOW));
            assertThat(of(policy, "write-execute")).as(shut.toString()).isEmpty();
        }
    }

    @Test
    void a_refusal_that_takes_write_and_execute_out_counts() {
        Policy policy = policy(
                Action.errno(1),
                Rule.of("mprotect", Condition.of(Comparison.masked(2, 1, 1)), Action.ALLOW),
                Rule.of("mprotect", Condition.of(Comparison.masked(2, 6, 6)), Action.errno(13)));
        assertThat(of(policy, "write-execute")).isEmpty();
    }

    @Test
    void a_rule_that_several_others_cover_together_is_found_and_taken_out() {
        Policy policy = policy(
                Action.errno(1),
                Rule.of("lseek", Condition.of(Comparison.narrow(2, Operator.LE, 10)), Action.ALLOW),
                Rule.of("lseek", Condition.of(Comparison.narrow(2, Operator.GE, 8)), Action.ALLOW),
                Rule.of("lseek", Condition.of(Comparison.narrow(2, Operator.EQ, 9)), Action.ALLOW),
                Rule.of("lseek", Condition.of(Comparison.narrow(2, Operator.EQ, 3)), Action.errno(5)));
        assertThat(of(policy, "unreachable"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).contains("== 9"));
        Narrowing.Fixed fixed = Narrowing.fix(policy);
        assertThat(fixed.dropped()).hasSize(1);
        assertThat(fixed.policy().rules()).hasSize(3);
    }

    @Test
    void a_rule_that_a_stricter_one_shadows_is_worse_than_one_that_is_superfluous() {
        Policy policy = policy(
                Action.errno(1),
                Rule.of("lseek", Condition.of(Comparison.narrow(2, Operator.EQ, 3)), Action.ALLOW),
                Rule.of("lseek", Condition.of(Comparison.narrow(2, Operator.LE, 3)), Action.KILL_PROCESS));
        assertThat(of(policy, "unreachable"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.MEDIUM));
    }

    @Test
    void values_that_the_kernel_never_sees_are_told_and_left_alone() {
        Policy policy = policy(
                Action.errno(1),
                Rule.of("personality", Condition.of(Comparison.of(0, Operator.EQ, -1L)), Action.ALLOW),
                Rule.of("socket", Condition.of(Comparison.of(0, Operator.EQ, -1L)), Action.ALLOW));
        assertThat(of(policy, "wide-value")).extracting(Finding::call).contains("socket");
        assertThat(Narrowing.fix(policy).policy()).isEqualTo(policy);
    }

    @Test
    void what_was_noticed_in_the_file_is_told_with_its_line() throws FormatException {
        Imported imported = read("""
                {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],
                 "syscalls":[
                  {"names":["read","reed"],"action":"SCMP_ACT_ALLOW"},
                  {"names":["fcntl"],"action":"SCMP_ACT_ALLOW",
                   "args":[{"index":1,"value":1,"op":"SCMP_CMP_GE"},{"index":1,"value":3,"op":"SCMP_CMP_LE"}]},
                  {"names":["close"],"action":"SCMP_ACT_ERRNO"},
                  {"names":["ptrace",
                            "io_uring_enter"],"action":"SCMP_ACT_ALLOW"}]}
                """);
        assertThat(of(imported, "unknown-name")).extracting(Finding::line).containsExactly(3);
        assertThat(of(imported, "repeated-index")).extracting(Finding::line).containsExactly(4);
        assertThat(of(imported, "says-default")).extracting(Finding::line).containsExactly(6);
        assertThat(of(imported, "ptrace")).extracting(Finding::line).containsExactly(7);
        assertThat(of(imported, "io-uring")).extracting(Finding::line).containsExactly(8);
    }

    @Test
    void holes_of_a_raw_filter_are_found() throws FormatException {
        Program unchecked = new Program(List.of(
                new Instruction(0x20, 0, 0, 0),
                new Instruction(0x15, 0, 1, 101),
                new Instruction(6, 0, 0, Action.errno(1).word()),
                new Instruction(6, 0, 0, Action.ALLOW.word())));
        Imported imported = PolicyReader.read(unchecked.bytes(), "f.bpf", OciOptions.strict());
        assertThat(imported.source().kind()).isEqualTo(Imported.Kind.FILTER);
        assertThat(of(imported, "architecture-hole")).hasSize(1);
        assertThat(of(imported, "x32"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.HIGH));
        assertThat(FilterReader.program(unchecked.bytes(), "f.bpf").size()).isEqualTo(4);
    }
}
