package dev.acktrace.refine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Program;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Tightened;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A filter that is stacked onto a running target: its program, its rehearsal, what is told of it. */
class TightenTest {
    private static final Policy POLICY = TightenFilter.closed(Policy.of(
            Action.errno(13),
            List.of(Abi.X86_64),
            List.of(
                    Rule.of("read", Action.ALLOW),
                    Rule.of("mount", Action.KILL_PROCESS),
                    Rule.of("socket", Condition.of(Comparison.narrow(0, Operator.EQ, 2)), Action.ALLOW))));

    private static int answer(boolean kernel, int number, long... arguments) throws FaultException {
        Program program = TightenFilter.of(POLICY, kernel);
        return Interpreter.run(program, SeccompData.of(Abi.X86_64, number, arguments))
                .word();
    }

    @Test
    void what_is_denied_is_for_the_supervisor_to_answer_unless_the_kernel_shall() throws Exception {
        assertThat(answer(false, Bench.number("read"))).isEqualTo(Action.ALLOW.word());
        assertThat(answer(false, Bench.number("chdir")))
                .isEqualTo(Action.trace(13).word());
        assertThat(answer(false, Bench.number("mount")))
                .isEqualTo(Action.trace(0xffff).word());
        assertThat(answer(false, Bench.number("socket"), 10))
                .isEqualTo(Action.trace(13).word());
        assertThat(answer(true, Bench.number("chdir")))
                .isEqualTo(Action.errno(13).word());
        assertThat(answer(true, Bench.number("mount"))).isEqualTo(Action.KILL_PROCESS.word());
    }

    @Test
    void a_call_that_the_supervisor_took_out_passes() throws Exception {
        assertThat(answer(true, -1)).isEqualTo(Action.ALLOW.word());
        assertThat(answer(false, -1)).isEqualTo(Action.ALLOW.word());
    }

    @Test
    void what_every_program_needs_is_allowed_unless_a_rule_says_otherwise() throws Exception {
        assertThat(answer(true, Bench.number("restart_syscall"))).isEqualTo(Action.ALLOW.word());
        Policy denies = POLICY.withRules(List.of(Rule.of("exit_group", Action.errno(1))));
        assertThat(TightenFilter.closed(denies).rulesFor(Abi.X86_64, Bench.number("exit_group")))
                .singleElement()
                .matches(rule -> rule.action().equals(Action.errno(1)));
    }

    private static Shape shape(String call, int significant, long... arguments) {
        return new Shape(
                new ShapeKey(
                        "/bin/x",
                        new Syscall(Abi.X86_64, Bench.number(call)),
                        significant,
                        Arrays.copyOf(arguments, 6)),
                3,
                1,
                2,
                9,
                9,
                0,
                new TreeSet<>(),
                new TreeSet<>());
    }

    @Test
    void a_rehearsal_names_what_would_have_been_refused_and_with_what() throws Exception {
        Bench bench = new Bench(Optional.empty());
        List<Rehearsal.Refusal> refusals = Rehearsal.of(
                POLICY,
                List.of(
                        shape("read", 0),
                        shape("chdir", 0),
                        shape("mount", 0),
                        shape("socket", 1, 2),
                        shape("socket", 1, 10)),
                bench.facts);
        assertThat(refusals)
                .extracting(refusal -> refusal.shape().key().call().name() + " "
                        + refusal.action().orElseThrow())
                .containsExactly("chdir ERRNO(13)", "mount KILL_PROCESS", "socket ERRNO(13)");
    }

    private static RingRecord record(Tightened what, int serial, int tid, long result, long... numbers) {
        long[] arguments = {serial, 0, 0, 0, 0, 0};
        System.arraycopy(numbers, 0, arguments, 1, numbers.length);
        return new RingRecord(
                RingRecord.TIGHTENED,
                0,
                100,
                tid,
                1,
                0,
                what.number(),
                arguments,
                0,
                result,
                0,
                1,
                0,
                List.of(new Text(TextKind.COMMAND, 255, false, "bio".getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void words_about_threads_come_before_the_last_and_those_of_others_are_left() throws Exception {
        Tightening tightening = new Tightening(7);
        tightening.take(record(Tightened.TOTAL, 6, 0, 0, 9, 9));
        assertThat(tightening.await(1)).isEmpty();
        tightening.take(record(Tightened.REFUSED, 7, 12, -1));
        tightening.take(record(Tightened.TOTAL, 7, 0, 0, 4, 1, 1));
        tightening.take(record(Tightened.LATE, 7, 12, 0));
        assertThat(tightening.await(1)).contains(new Tightening.Total(4, 1, 1));
        assertThat(tightening.words()).containsExactly(new Tightening.Word(Tightened.REFUSED, 100, 12, "bio", 1));
    }

    @Test
    void a_word_of_an_unknown_kind_and_a_wild_result_are_harmless() {
        assertThat(Tightening.Word.of(
                        new RingRecord(4, 0, 1, 1, 0, 0, 99, new long[6], 0, Long.MIN_VALUE, 0, 0, 0, List.of())))
                .isEmpty();
        assertThat(Tightening.Word.of(record(Tightened.REFUSED, 1, 1, Long.MAX_VALUE))
                        .orElseThrow()
                        .errno())
                .isZero();
    }
}
