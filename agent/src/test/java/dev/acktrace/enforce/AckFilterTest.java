package dev.acktrace.enforce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.bpf.ActionCache;
import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.bpf.ProgramCheck;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.AckCalls;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AckFilterTest {
    private static final Action TRAP = Action.trap(0);
    private static final long TARGET = 0x7f0000001234L;
    private static final Set<Integer> KNOWN = Set.of(0, 1, 20, 41, 202, 334);
    private static final int SOCKET = 41;
    private static final int CLOSE = 3;
    private static final int MMAP = 9;
    private static final int MPROTECT = 10;
    private static final int DUP2 = 33;
    private static final int FCNTL = 72;
    private static final int ACCESS = 21;
    private static final int NEWFSTATAT = 262;
    private static final int STATX = 332;
    private static final int WRITE = 2;
    private static final int CONCERNING = 040000 | WRITE; // SHM_REMAP, W_OK; no flag of statx that matters

    private static Action run(Program program, Abi abi, int number, long pointer, long... arguments) {
        SeccompData call = new SeccompData(abi.auditArch(), abi.raw(number), pointer, arguments);
        return Interpreter.run(program, call).action();
    }

    private static Plan plan(Action standard) {
        List<Rule> rules = new ArrayList<>();
        for (int number : KNOWN) {
            Condition condition =
                    number == SOCKET ? new Condition(List.of(Comparison.of(0, Operator.EQ, 1))) : Condition.ALWAYS;
            rules.add(new Rule(Integer.toString(number), List.of(), condition, Action.ALLOW));
        }
        for (Syscall call : AckCalls.trapped()) {
            rules.add(new Rule(call.name(), List.of(), Condition.ALWAYS, Action.ALLOW));
        }
        return Plan.of(Policy.of(standard, List.of(Abi.X86_64, Abi.X86, Abi.X32), rules), standard);
    }

    @Test
    void known_calls_pass_from_anywhere_and_all_others_are_trapped() {
        Program program = AckFilter.compile(Optional.of(plan(Action.trace(0))));
        assertThat(ProgramCheck.check(program)).isEmpty();
        for (int number = 0; number < 2000; number++) {
            boolean passes = (KNOWN.contains(number) && number != SOCKET)
                    || AckCalls.inferred().contains(new Syscall(Abi.X86_64, number));
            assertThat(run(program, Abi.X86_64, number, TARGET, 1021, 1022, CONCERNING, 0x12, 1, 1))
                    .as("%d", number)
                    .isEqualTo(passes ? Action.ALLOW : TRAP);
        }
        assertThat(run(program, Abi.X86_64, -1, TARGET)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, SOCKET, TARGET, 1)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, SOCKET, TARGET, 2)).isEqualTo(TRAP);
    }

    @Test
    void what_the_stub_must_see_is_trapped_even_if_everything_is_known() {
        Program program = AckFilter.compile(Optional.of(plan(Action.ALLOW)));
        long fixed = 0x10;
        for (Syscall call : AckCalls.trapped()) {
            for (long descriptor : List.of(1021L, 1025L, 0xffff_ffffL, -1L)) {
                long second = call.name().equals("access") ? WRITE : descriptor;
                long[] arguments = {descriptor, second, CONCERNING, fixed, 1, 1};
                assertThat(run(program, Abi.X86_64, call.number(), TARGET, arguments))
                        .as("%s %d", call.name(), descriptor)
                        .isEqualTo(
                                call.name().matches("(pkey_)?mprotect|madvise|mmap|mremap|remap_file_pages")
                                                && descriptor == -1
                                        ? Action.ALLOW
                                        : TRAP);
            }
        }
        assertThat(run(program, Abi.X86_64, 39, TARGET)).isEqualTo(Action.ALLOW);
    }

    @Test
    void a_known_call_passes_where_its_arguments_are_of_no_concern_to_the_stub() {
        Program program = AckFilter.compile(Optional.of(plan(Action.trace(0))));
        long high = 0x7f12_3456_7000L;
        assertThat(run(program, Abi.X86_64, CLOSE, TARGET, 1019)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, CLOSE, TARGET, 1021)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, CLOSE, TARGET, (7L << 32) + 5)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, DUP2, TARGET, 5, 1019)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, DUP2, TARGET, 5, 1022)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, DUP2, TARGET, 1022, 5)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, MMAP, TARGET, 0x70000000, 1, 3, 0x22))
                .isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, MMAP, TARGET, 0x70000000, 1, 3, 0x32))
                .isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, MMAP, TARGET, high, 1, 3, 0x32)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, MMAP, TARGET, high, 1, 3, 0x100022)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, MMAP, TARGET, 0x70000000, 1, 3, 0x100022))
                .isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, MPROTECT, TARGET, high, 4096)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, MPROTECT, TARGET, 0x70000000, 4096)).isEqualTo(TRAP);
        for (int never : List.of(11, 56, 59, 257, 217)) {
            assertThat(run(program, Abi.X86_64, never, TARGET, high)).isEqualTo(TRAP);
        }
    }

    @Test
    void a_known_look_at_a_file_passes_unless_it_may_be_at_the_executable() {
        Program program = AckFilter.compile(Optional.of(plan(Action.trace(0))));
        long noFollow = 0x100;
        long emptyPath = 0x1000;
        for (long flags : List.of(noFollow, emptyPath, noFollow | 0x800)) {
            assertThat(run(program, Abi.X86_64, NEWFSTATAT, TARGET, 5, TARGET, TARGET, flags))
                    .isEqualTo(Action.ALLOW);
            assertThat(run(program, Abi.X86_64, STATX, TARGET, 5, TARGET, flags, 0xfff))
                    .isEqualTo(Action.ALLOW);
        }
        for (long flags : List.of(0L, 0x800L)) {
            assertThat(run(program, Abi.X86_64, NEWFSTATAT, TARGET, 5, TARGET, TARGET, flags))
                    .isEqualTo(TRAP);
            assertThat(run(program, Abi.X86_64, STATX, TARGET, 5, TARGET, flags, 0xfff))
                    .isEqualTo(TRAP);
        }
        assertThat(run(program, Abi.X86_64, ACCESS, TARGET, TARGET, 5)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, ACCESS, TARGET, TARGET, WRITE)).isEqualTo(TRAP);
    }

    @Test
    void what_is_known_of_such_a_call_still_decides() {
        Rule rule =
                new Rule("fcntl", List.of(), new Condition(List.of(Comparison.of(1, Operator.EQ, 3))), Action.ALLOW);
        Plan plan = Plan.of(Policy.of(Action.trace(0), List.of(Abi.X86_64), List.of(rule)), Action.trace(0));
        Program program = AckFilter.compile(Optional.of(plan));
        assertThat(run(program, Abi.X86_64, FCNTL, TARGET, 7, 3)).isEqualTo(Action.ALLOW);
        assertThat(run(program, Abi.X86_64, FCNTL, TARGET, 7, 4)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, FCNTL, TARGET, 1021, 3)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X86_64, CLOSE, TARGET, 7)).isEqualTo(TRAP);
    }

    @Test
    void other_architectures_and_x32_are_trapped_even_if_everything_is_known() {
        Program program = AckFilter.compile(Optional.of(plan(Action.ALLOW)));
        for (int number = 0; number < 1000; number++) {
            assertThat(run(program, Abi.X32, number, TARGET)).isEqualTo(TRAP);
            assertThat(run(program, Abi.AARCH64, number, TARGET)).isEqualTo(TRAP);
        }
    }

    @Test
    void calls_of_32_bit_text_go_to_a_tracer_unless_they_are_known() {
        Action trace = Action.trace(0);
        Program program = AckFilter.compile(Optional.of(plan(trace)));
        long text = Integer.toUnsignedLong(Wire.ACK_NARROW_START);
        for (long pointer : List.of(text, 0x56555000L, 0xf7fc1579L, 0xffff_ffffL)) {
            assertThat(run(program, Abi.X86, 24, pointer)).isEqualTo(trace);
            assertThat(run(program, Abi.X86, 20, pointer)).isEqualTo(Action.ALLOW);
        }
        for (long pointer : List.of(text - 1, TARGET, 1L << 32, text + (1L << 32))) {
            assertThat(run(program, Abi.X86, 24, pointer)).isEqualTo(TRAP);
            assertThat(run(program, Abi.X86, 20, pointer)).isEqualTo(Action.ALLOW);
        }
        assertThat(run(program, Abi.X86_64, 24, 0x56555000L)).isEqualTo(TRAP);
        assertThat(run(program, Abi.X32, 24, 0x56555000L)).isEqualTo(TRAP);
    }

    @Test
    void a_tracer_sees_what_may_end_its_watch_even_if_everything_is_known() {
        Program program = AckFilter.compile(Optional.of(plan(Action.ALLOW)));
        for (int number : List.of(6, 11, 63, 330, 358, 436)) {
            assertThat(run(program, Abi.X86, number, 0xf7fc1579L)).isEqualTo(Action.trace(0));
        }
        assertThat(run(program, Abi.X86, 4, 0xf7fc1579L)).isEqualTo(Action.ALLOW);
    }

    @Test
    void every_call_of_the_stubs_text_passes_and_none_from_beside_it() {
        long start = Wire.ACK_RANGE_START;
        long fixed = 0x10; // an mmap that could replace the stub
        for (Program program :
                List.of(AckFilter.compile(Optional.empty()), AckFilter.compile(Optional.of(plan(Action.trace(0)))))) {
            assertThat(ProgramCheck.check(program)).isEmpty();
            for (int number : List.of(2, 9, 59, 262, 999)) {
                for (Abi abi : List.of(Abi.X86_64, Abi.X86)) {
                    assertThat(run(program, abi, number, start)).isEqualTo(Action.ALLOW);
                    assertThat(run(program, abi, number, start + Wire.ACK_RANGE_SIZE - 1))
                            .isEqualTo(Action.ALLOW);
                    for (long beside : List.of(start - 1, start + Wire.ACK_RANGE_SIZE, start + (1L << 32))) {
                        boolean traced = abi == Abi.X86 && beside < 1L << 32;
                        assertThat(run(program, abi, number, beside, 0, 0, 0, fixed))
                                .isEqualTo(traced ? Action.trace(0) : TRAP);
                    }
                }
            }
        }
    }

    @Test
    void what_passes_whatever_its_arguments_is_in_the_kernels_action_cache() {
        Program program = AckFilter.compile(Optional.of(plan(Action.trace(0))));
        for (int number : List.of(0, 1, 20, 60, 202, 334)) {
            assertThat(ActionCache.entry(program, Abi.X86_64, number)).isEqualTo(ActionCache.Entry.CACHED);
        }
        assertThat(ActionCache.entry(program, Abi.X86_64, 2)).isEqualTo(ActionCache.Entry.DEPENDS);
    }

    @Test
    void what_does_not_fit_into_one_filter_counts_as_not_known() {
        List<Rule> rules = new ArrayList<>();
        for (int number = 0; number < 330; number++) {
            for (long value = 0; value < 40; value++) {
                Comparison one = Comparison.of(number % 6, Operator.EQ, value * 7919 + number * 31L);
                rules.add(new Rule(Integer.toString(number), List.of(), new Condition(List.of(one)), Action.ALLOW));
            }
        }
        Plan plan = Plan.of(Policy.of(Action.trace(0), List.of(Abi.X86_64), rules), Action.trace(0));
        Program program = AckFilter.compile(Optional.of(plan));
        assertThat(program.bytes())
                .isEqualTo(AckFilter.compile(Optional.empty()).bytes());
    }
}
