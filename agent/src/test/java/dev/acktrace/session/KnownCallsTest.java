package dev.acktrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.recording.Recording;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KnownCallsTest {
    private static final Action REPORT = Action.trace(0);
    private static final long UNTRACED = 0x0080_0000L;
    private static final long THREAD = 0x003d_0f00L;

    private static Action answer(Policy base, Abi abi, String call, long... arguments) {
        byte[] filter =
                KnownCalls.filter(Optional.of(base), Recording.EMPTY, (index, number) -> new long[] {0, 0, 0, 0, 0, 0});
        int number = SyscallTable.of(abi).number(call).orElseThrow();
        return Interpreter.run(Program.of(filter), SeccompData.of(abi, number, arguments))
                .action();
    }

    private static Policy allowing(Abi abi, String... calls) {
        return Policy.of(
                Action.errno(1),
                List.of(abi),
                List.of(calls).stream().map(call -> Rule.of(call, Action.ALLOW)).toList());
    }

    @ParameterizedTest
    @EnumSource(
            value = Abi.class,
            names = {"X86_64", "X86", "X32"})
    void a_known_clone_passes_unless_it_asks_for_a_child_that_nobody_traces(Abi abi) {
        Policy base = allowing(abi, "clone", "read");
        assertThat(answer(base, abi, "clone", THREAD)).isEqualTo(Action.ALLOW);
        assertThat(answer(base, abi, "clone", THREAD | UNTRACED)).isEqualTo(REPORT);
        assertThat(answer(base, abi, "read", UNTRACED)).isEqualTo(Action.ALLOW);
    }

    @Test
    void calls_that_could_hide_a_child_behind_a_pointer_are_always_reported() {
        Policy base = allowing(Abi.X86_64, "clone3", "ptrace", "read");
        assertThat(answer(base, Abi.X86_64, "clone3", 1, 88)).isEqualTo(REPORT);
        assertThat(answer(base, Abi.X86_64, "ptrace", 0)).isEqualTo(REPORT);
    }

    @Test
    void what_a_policy_that_allows_by_default_denies_is_reported_and_not_denied() {
        Policy base = Policy.of(Action.ALLOW, List.of(Abi.X86_64), List.of(Rule.of("mount", Action.errno(1))));
        assertThat(answer(base, Abi.X86_64, "mount")).isEqualTo(REPORT);
        assertThat(answer(base, Abi.X86_64, "clone", THREAD | UNTRACED)).isEqualTo(REPORT);
        assertThat(answer(base, Abi.X86_64, "clone", THREAD)).isEqualTo(Action.ALLOW);
        assertThat(answer(base, Abi.X86_64, "clone3")).isEqualTo(REPORT);
        assertThat(answer(base, Abi.X86_64, "read")).isEqualTo(Action.ALLOW);
    }
}
