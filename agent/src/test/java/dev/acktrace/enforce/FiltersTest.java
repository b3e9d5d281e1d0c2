package dev.acktrace.enforce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Program;
import dev.acktrace.enforce.EnforcementFilter.OnDeny;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiltersTest {
    private static Action run(Program program, SeccompData call) {
        return Interpreter.run(program, call).action();
    }

    @Test
    void a_learning_filter_lets_known_calls_pass_and_reports_all_others() {
        Set<Syscall> known = Set.of(
                new Syscall(Abi.X86_64, 0),
                new Syscall(Abi.X86_64, 59),
                new Syscall(Abi.X86, 3),
                new Syscall(Abi.X86_64, 4711));
        Program program = LearningFilter.compile(known);
        for (Abi abi : List.of(Abi.X86_64, Abi.X86, Abi.X32)) {
            for (int number = 0; number < 5000; number++) {
                Action expected = known.contains(new Syscall(abi, number)) ? Action.ALLOW : Action.trace(0);
                assertThat(run(program, SeccompData.of(abi, number))).isEqualTo(expected);
            }
        }
        assertThat(run(program, SeccompData.of(Abi.X86_64, -1))).isEqualTo(Action.trace(0));
        assertThat(run(program, SeccompData.of(Abi.AARCH64, 0))).isEqualTo(Action.trace(0));
    }

    @Test
    void a_learning_filter_that_knows_nothing_reports_everything() {
        Program program = LearningFilter.compile(Set.of());
        assertThat(run(program, SeccompData.of(Abi.X86_64, 0))).isEqualTo(Action.trace(0));
        assertThat(program.size()).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "ERRNO(38), POLICY, ERRNO(38)",
        "ERRNO(38), ERRNO, ERRNO(38)",
        "ERRNO(38), KILL, KILL_PROCESS",
        "ERRNO(38), LOG, LOG",
        "ERRNO(38), TRACE, TRACE(38)",
        "ERRNO(0), TRACE, TRACE(1)",
        "KILL_THREAD, ERRNO, ERRNO(1)",
        "KILL_PROCESS, TRACE, TRACE(65535)",
        "TRAP(0), TRACE, TRACE(65535)",
        "LOG, KILL, LOG",
    })
    void what_is_refused_is_answered_as_asked(String policy, OnDeny onDeny, String expected) {
        Policy one = Policy.of(
                Action.parse(policy).orElseThrow(), List.of(Abi.X86_64), List.of(Rule.of("read", Action.ALLOW)));
        Program program = EnforcementFilter.compile(one, onDeny, CompileOptions.SMALL);
        assertThat(run(program, SeccompData.of(Abi.X86_64, 0))).isEqualTo(Action.ALLOW);
        assertThat(run(program, SeccompData.of(Abi.X86_64, 1)).toString()).isEqualTo(expected);
    }

    @Test
    void other_architectures_and_x32_are_refused_unless_listed() {
        Policy one = Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of(Rule.of("read", Action.ALLOW)));
        Program program = EnforcementFilter.compile(one, OnDeny.POLICY, CompileOptions.SMALL);
        assertThat(run(program, SeccompData.of(Abi.X32, 0))).isEqualTo(Action.KILL_THREAD);
        assertThat(run(program, SeccompData.of(Abi.X86, 3))).isEqualTo(Action.KILL_THREAD);
        assertThat(run(program, SeccompData.of(Abi.X86_64, -1))).isEqualTo(Action.errno(1));
    }

    @Test
    void calls_that_are_newer_than_the_tables_get_enosys_and_known_ones_what_the_policy_says() {
        Policy one = Policy.of(
                Action.errno(1),
                List.of(Abi.X86_64, Abi.X86, Abi.X32),
                List.of(Rule.of("read", Action.ALLOW), Rule.of("4711", Action.ALLOW)));
        Program program = EnforcementFilter.compile(one, OnDeny.POLICY, CompileOptions.SMALL);
        for (Abi abi : one.architectures()) {
            int newest = SyscallTable.of(abi).largest();
            assertThat(run(program, SeccompData.of(abi, newest))).isEqualTo(Action.errno(1));
            assertThat(run(program, SeccompData.of(abi, newest + 1))).isEqualTo(Action.errno(38));
            assertThat(run(program, SeccompData.of(abi, 4710))).isEqualTo(Action.errno(38));
            assertThat(run(program, SeccompData.of(abi, 4711))).isEqualTo(Action.ALLOW);
            assertThat(run(program, SeccompData.of(abi, 4712))).isEqualTo(Action.errno(38));
            assertThat(run(program, SeccompData.of(abi, 0x3FFFFFFF & ~1))).isEqualTo(Action.errno(38));
            assertThat(run(program, new SeccompData(abi.auditArch(), -1, 0))).isEqualTo(Action.errno(1));
        }
        assertThat(run(program, SeccompData.of(Abi.X86_64, 400))).as("a gap").isEqualTo(Action.errno(1));
    }

    @Test
    void newer_calls_are_refused_as_asked_and_executed_where_the_default_executes() {
        Policy refusing = Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of());
        SeccompData newer = SeccompData.of(Abi.X86_64, 5000);
        assertThat(run(EnforcementFilter.compile(refusing, OnDeny.TRACE, CompileOptions.SMALL), newer))
                .isEqualTo(Action.trace(38));
        assertThat(run(EnforcementFilter.compile(refusing, OnDeny.KILL, CompileOptions.SMALL), newer))
                .isEqualTo(Action.KILL_PROCESS);
        Policy open = Policy.of(Action.ALLOW, List.of(Abi.X86_64), List.of(Rule.of("read", Action.errno(1))));
        assertThat(run(EnforcementFilter.compile(open, OnDeny.POLICY, CompileOptions.SMALL), newer))
                .isEqualTo(Action.ALLOW);
    }
}
