package dev.acktrace.refine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RefineEngineTest {
    private static final int TCGETS = 0x5401;
    private static final int TIOCGWINSZ = 0x5413;
    private static final Condition IS_TCGETS = Condition.of(Comparison.narrow(1, Operator.EQ, TCGETS));

    private final Bench bench;

    RefineEngineTest() throws Exception {
        bench = new Bench(Optional.empty());
    }

    @Test
    void learn_mode_holds_nobody_and_acknowledges() {
        assertThat(bench.call(7, "socket", 2, 1, 0)).isEqualTo("reported");
        assertThat(bench.call(7, "socket", 2, 1, 0)).isEqualTo("verdict 1");
        assertThat(bench.engine.shapes()).singleElement().matches(view -> view.standing() == Standing.LEARNED);
        assertThat(bench.answers).isEmpty();
    }

    @Test
    void ask_mode_holds_the_thread_until_it_is_allowed() throws Exception {
        bench.refinement.mode(Mode.ASK);
        assertThat(bench.call(7, "connect", 3, 0, 16)).isEqualTo("held");
        assertThat(bench.told).containsExactly("asked connect");
        assertThat(bench.answers).isEmpty();

        bench.refinement.decide(List.of(Bench.rule("connect", Action.ALLOW)), List.of(), "");
        assertThat(bench.answers).containsExactly("7:1:0");
        assertThat(bench.call(7, "connect", 3, 0, 16)).isEqualTo("verdict 1");
        assertThat(bench.engine.question()).isEmpty();
    }

    @Test
    void a_denial_reaches_the_waiting_thread_with_its_errno_and_all_later_calls() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        bench.refinement.decide(List.of(Bench.rule("connect", Action.errno(111))), List.of(), "");
        assertThat(bench.answers).containsExactly("7:2:111");
        assertThat(bench.call(8, "connect", 3, 0, 16)).isEqualTo("verdict 2");
    }

    @Test
    void two_threads_with_the_same_shape_are_one_question() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        bench.call(8, "connect", 3, 0, 16);
        assertThat(bench.told).containsExactly("asked connect");
        assertThat(bench.engine.question().orElseThrow().waiting()).containsExactly(7, 8);

        bench.refinement.decide(List.of(Bench.rule("connect", Action.ALLOW)), List.of(), "");
        assertThat(bench.answers).containsExactly("7:1:0", "8:1:0");
    }

    @Test
    void an_answer_for_some_arguments_leaves_others_unknown() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "ioctl", 1, TCGETS, 0);
        bench.refinement.decide(List.of(Bench.rule("ioctl", IS_TCGETS, Action.ALLOW)), List.of(), "");
        assertThat(bench.answers).containsExactly("7:1:0");
        assertThat(bench.call(7, "ioctl", 1, TIOCGWINSZ, 0)).isEqualTo("held");
        assertThat(bench.told).containsExactly("asked ioctl", "settled 1", "asked ioctl");
    }

    @Test
    void a_question_that_another_answer_covers_is_settled_with_it() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "ioctl", 1, TCGETS, 0);
        bench.call(8, "ioctl", 1, TIOCGWINSZ, 0);
        assertThat(bench.engine.openQuestions()).isEqualTo(2);
        bench.refinement.decide(List.of(Bench.rule("ioctl", Action.ALLOW)), List.of(), "");
        assertThat(bench.engine.openQuestions()).isZero();
        assertThat(bench.answers).containsExactly("7:1:0", "8:1:0");
    }

    @Test
    void allowing_once_lets_one_thread_go_and_asks_again() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        bench.call(8, "connect", 3, 0, 16);
        bench.refinement.once(1, Bench.rule("connect", Action.ALLOW), List.of());
        assertThat(bench.answers).containsExactly("7:1:0");
        assertThat(bench.engine.question().orElseThrow().waiting()).containsExactly(8);
        bench.refinement.once(1, Bench.rule("connect", Action.errno(13)), List.of());
        assertThat(bench.answers).containsExactly("7:1:0", "8:2:13");
        assertThat(bench.call(9, "connect", 3, 0, 16)).isEqualTo("held");
        assertThat(bench.refinement.effective()).isEmpty();
    }

    @Test
    void undo_makes_a_call_unknown_again_and_redo_decides_it() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        bench.refinement.decide(List.of(Bench.rule("connect", Action.ALLOW)), List.of(), "");
        bench.refinement.undo();
        assertThat(bench.call(8, "connect", 3, 0, 16)).isEqualTo("held");
        bench.refinement.redo();
        assertThat(bench.answers).containsExactly("7:1:0", "8:1:0");
    }

    @Test
    void undo_of_a_denial_in_learn_mode_learns_the_call_when_it_comes_next() throws Exception {
        bench.call(7, "connect", 3, 0, 16);
        bench.refinement.decide(List.of(Bench.rule("connect", Action.errno(13))), List.of(), "");
        assertThat(bench.call(7, "connect", 3, 0, 16)).isEqualTo("verdict 2");
        bench.refinement.undo();
        assertThat(bench.call(7, "connect", 3, 0, 16)).isEqualTo("verdict 1");
    }

    @Test
    void a_denial_in_learn_mode_reaches_shapes_that_were_never_seen() throws Exception {
        bench.refinement.decide(List.of(Bench.rule("connect", Action.errno(13))), List.of(), "");
        assertThat(bench.call(7, "connect", 3, 0, 16)).isEqualTo("held");
        assertThat(bench.answers).containsExactly("7:2:13");
        assertThat(bench.call(7, "openat", 3, 0, 0)).isEqualTo("held");
        assertThat(bench.answers).containsExactly("7:2:13", "7:1:0");
        assertThat(bench.engine.learned()).hasSize(1);
    }

    @Test
    void enforce_mode_refuses_what_is_unknown_and_keeps_what_was_learned() throws Exception {
        bench.call(7, "openat", 3, 0, 0);
        bench.refinement.mode(Mode.ENFORCE);
        assertThat(bench.call(7, "openat", 3, 0, 0)).isEqualTo("verdict 1");
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("held");
        assertThat(bench.answers).containsExactly("7:2:1");
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("verdict 2");
        assertThat(bench.told).containsExactly("refused mount ERRNO(1)");
    }

    @Test
    void leaving_enforce_mode_asks_about_what_it_refused() throws Exception {
        bench.refinement.mode(Mode.ENFORCE);
        bench.call(7, "mount", 0, 0, 0);
        bench.refinement.mode(Mode.ASK);
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("held");
        assertThat(bench.engine.openQuestions()).isEqualTo(1);
    }

    @Test
    void switching_to_learn_lets_all_who_wait_go() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        bench.call(8, "mount", 0, 0, 0);
        bench.refinement.mode(Mode.LEARN);
        assertThat(bench.answers).containsExactly("7:1:0", "8:1:0");
        assertThat(bench.engine.openQuestions()).isZero();
        assertThat(bench.call(8, "mount", 0, 0, 0)).isEqualTo("verdict 1");
    }

    @Test
    void what_one_program_was_seen_to_do_is_known_of_another() throws Exception {
        bench.call(7, "socket", 2, 1, 0);
        bench.refinement.mode(Mode.ASK);
        assertThat(bench.callOfOther(9, "socket", 2, 1, 0)).isEqualTo("held");
        assertThat(bench.answers).containsExactly("9:1:0");
        assertThat(bench.engine.openQuestions()).isZero();
    }

    @Test
    void the_end_of_a_process_closes_its_questions() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        bench.engine.exit(Bench.PID, 9);
        assertThat(bench.engine.openQuestions()).isZero();
        assertThat(bench.told).containsExactly("asked connect", "settled 1");
    }

    @Test
    void a_signal_interrupts_the_waiting_calls_of_a_process() throws Exception {
        bench.refinement.mode(Mode.ASK);
        bench.call(7, "connect", 3, 0, 16);
        assertThat(bench.engine.interrupt(Bench.PID)).isEqualTo(1);
        assertThat(bench.answers).containsExactly("7:2:4");
        assertThat(bench.call(7, "connect", 3, 0, 16)).isEqualTo("held");
    }

    @Test
    void a_rule_on_an_argument_that_shapes_do_not_tell_apart_is_judged_call_by_call() throws Exception {
        bench.refinement.decide(
                List.of(Bench.rule("write", Condition.of(Comparison.narrow(0, Operator.EQ, 2)), Action.errno(9))),
                List.of(),
                "");
        assertThat(bench.call(7, "write", 2, 0, 5)).isEqualTo("held");
        assertThat(bench.call(7, "write", 1, 0, 5)).isEqualTo("held");
        assertThat(bench.answers).containsExactly("7:2:9", "7:1:0");
    }

    @Test
    void a_start_policy_is_known_and_the_rest_is_asked() throws Exception {
        Policy start = Policy.of(
                Action.errno(38),
                List.of(Abi.X86_64),
                List.of(Bench.rule("openat", Action.ALLOW), Bench.rule("mount", Action.errno(1))));
        Bench refined = new Bench(Optional.of(start));
        refined.refinement.mode(Mode.ASK);
        refined.call(7, "openat", 3, 0, 0);
        refined.call(7, "mount", 0, 0, 0);
        assertThat(refined.answers).containsExactly("7:1:0", "7:2:1");
        assertThat(refined.call(7, "connect", 3, 0, 16)).isEqualTo("held");
        assertThat(refined.engine.openQuestions()).isEqualTo(1);
        refined.refinement.mode(Mode.ENFORCE);
        assertThat(refined.answers).containsExactly("7:1:0", "7:2:1", "7:2:38");
    }

    private static Policy policy(String... calls) {
        return TightenFilter.closed(Policy.of(
                Action.errno(1),
                List.of(Abi.X86_64),
                Arrays.stream(calls).map(call -> Bench.rule(call, Action.ALLOW)).toList()));
    }

    @Test
    void a_stacked_policy_takes_away_what_was_learned_and_it_does_not_allow() {
        bench.call(7, "openat", 3, 0, 0);
        bench.call(7, "mount", 0, 0, 0);
        bench.engine.tighten(policy("openat"));
        assertThat(bench.call(7, "openat", 3, 0, 0)).isEqualTo("verdict 1");
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("held");
        assertThat(bench.told).contains("refused mount ERRNO(1)");
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("verdict 2");
        assertThat(bench.engine.learned()).hasSize(1);
    }

    @Test
    void a_decision_after_it_allows_again_what_a_stacked_policy_refuses() throws Exception {
        bench.call(7, "mount", 0, 0, 0);
        bench.engine.tighten(policy("openat"));
        bench.refinement.decide(List.of(Bench.rule("mount", Action.ALLOW)), List.of(), "");
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("verdict 1");
    }

    @Test
    void what_every_program_needs_is_let_through_by_a_stacked_policy() {
        bench.engine.tighten(policy("openat"));
        assertThat(bench.call(7, "restart_syscall")).isEqualTo("held");
        assertThat(bench.answers).containsExactly("7:1:0");
    }

    @Test
    void in_learn_mode_the_session_still_answers_before_a_stacked_filter_does() throws Exception {
        bench.engine.tighten(policy("openat"));
        bench.refinement.mode(Mode.LEARN);
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("held");
        assertThat(bench.answers).containsExactly("7:1:0");
    }

    @Test
    void the_next_target_knows_again_what_was_learned_before() throws Exception {
        bench.call(7, "mount", 0, 0, 0);
        bench.engine.tighten(policy("openat"));
        bench.engine.loosen();
        bench.refinement.mode(Mode.ENFORCE);
        assertThat(bench.call(7, "mount", 0, 0, 0)).isEqualTo("verdict 1");
    }
}
