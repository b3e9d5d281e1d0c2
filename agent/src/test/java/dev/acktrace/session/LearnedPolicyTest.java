package dev.acktrace.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.generalize.GeneralizeOptions;
import dev.acktrace.generalize.GeneralizeOptions.Arguments;
import dev.acktrace.generalize.GeneralizeOptions.Closure;
import dev.acktrace.generalize.Generalized;
import dev.acktrace.generalize.Origin;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LearnedPolicyTest {
    private static final Policy BASE =
            Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of(Rule.of("read", Action.ALLOW)));

    private static List<String> calls(Generalized learned) {
        return learned.policy().rules().stream().map(Rule::call).toList();
    }

    @Test
    void nothing_is_added_where_nothing_was_seen() {
        Generalized learned = LearnedPolicy.of(Recording.EMPTY, Optional.empty(), GeneralizeOptions.NAMES, List.of());
        assertThat(calls(learned)).isEmpty();
        assertThat(learned.origins()).isEmpty();
    }

    @Test
    void a_base_is_not_widened_by_what_nobody_saw() {
        Generalized learned = LearnedPolicy.of(Recording.EMPTY, Optional.of(BASE), GeneralizeOptions.NAMES, List.of());
        assertThat(calls(learned)).containsExactly("read");
    }

    private static Recording reading() {
        return making("read");
    }

    private static Recording making(String name) {
        Syscall call =
                new Syscall(Abi.X86_64, SyscallTable.of(Abi.X86_64).number(name).orElseThrow());
        ShapeKey key = new ShapeKey("/bin/x", call, 0, new long[6]);
        Shape shape = new Shape(key, 1, 0, 0, 1, 1, 0, new TreeSet<>(), new TreeSet<>());
        Run run = new Run(
                new RunHeader("1", List.of("x"), "trace", List.of(), 0, "", "", "", ""),
                new TreeMap<>(),
                new TreeMap<>(Map.of(key, shape)),
                new TreeMap<>(Map.of(call, 1L)),
                Optional.empty());
        return Recording.of(List.of(run));
    }

    @Test
    void a_session_makes_of_evidence_what_learn_makes_of_it() {
        for (boolean arguments : new boolean[] {false, true}) {
            GeneralizeOptions options = new GeneralizeOptions(
                    arguments ? GeneralizeOptions.Arguments.KNOWN : GeneralizeOptions.Arguments.OFF,
                    GeneralizeOptions.Closure.ALWAYS,
                    Action.errno(1),
                    false);
            for (Optional<Policy> base : List.of(Optional.<Policy>empty(), Optional.of(BASE))) {
                assertThat(LearnedPolicy.usual(making("write"), base, arguments))
                        .isEqualTo(LearnedPolicy.of(making("write"), base, options, List.of())
                                .policy());
            }
        }
        assertThat(LearnedPolicy.usual(making("write"), Optional.empty(), false).rules())
                .extracting(Rule::call)
                .contains("rt_sigreturn");
        assertThat(LearnedPolicy.usual(making("write"), Optional.of(BASE), false)
                        .rules())
                .extracting(Rule::call)
                .containsExactly("read", "write");
    }

    @Test
    void what_every_program_needs_sooner_or_later_is_added_and_its_origin_told() {
        Generalized learned = LearnedPolicy.of(reading(), Optional.empty(), GeneralizeOptions.NAMES, List.of());
        assertThat(calls(learned)).containsExactly("exit", "exit_group", "read", "restart_syscall", "rt_sigreturn");
        assertThat(learned.origins())
                .filteredOn(origin -> origin.kind() == Origin.Kind.OBSERVED)
                .extracting(Origin::call)
                .containsExactly("read");
        assertThat(learned.origins())
                .filteredOn(origin -> origin.kind() == Origin.Kind.CLOSURE)
                .hasSize(4);
    }

    @Test
    void a_program_whose_threads_end_may_wait_for_a_lock_in_the_next_run() {
        Generalized learned = LearnedPolicy.of(making("exit"), Optional.empty(), GeneralizeOptions.NAMES, List.of());
        assertThat(calls(learned)).containsExactly("exit", "exit_group", "futex", "restart_syscall", "rt_sigreturn");
    }

    @Test
    void without_a_closure_only_what_was_seen_is_allowed() {
        GeneralizeOptions none = new GeneralizeOptions(Arguments.OFF, Closure.NONE, Action.errno(1), false);
        assertThat(calls(LearnedPolicy.of(reading(), Optional.empty(), none, List.of())))
                .containsExactly("read");
    }
}
