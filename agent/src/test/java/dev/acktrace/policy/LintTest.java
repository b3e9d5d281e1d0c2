package dev.acktrace.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Finding.Severity;
import dev.acktrace.syscall.Abi;
import java.util.List;
import org.junit.jupiter.api.Test;

class LintTest {
    private static Policy policy(Action otherwise, Rule... rules) {
        return Policy.of(otherwise, List.of(Abi.X86_64, Abi.X86), List.of(rules));
    }

    private static List<Finding> of(Policy policy, String code) {
        return Lint.check(policy).stream()
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
        Policy fixed = Lint.narrow(policy);
        assertThat(fixed.decide(dirty, Action.KILL_THREAD)).isEqualTo(Action.errno(1));
        assertThat(of(fixed, "wide-compare")).isEmpty();
    }

    @Test
    void arguments_that_are_64_bits_wide_are_left_alone() {
        Condition prot = Condition.of(Comparison.of(2, Operator.EQ, 1));
        Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of(Rule.of("mmap", prot, Action.ALLOW)));
        assertThat(of(policy, "wide-compare")).isEmpty();
        assertThat(Lint.narrow(policy)).isEqualTo(policy);
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
        assertThat(of(open, "dangerous-call"))
                .anyMatch(finding -> finding.call().equals("ptrace"));
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
}
