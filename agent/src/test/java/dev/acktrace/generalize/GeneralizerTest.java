package dev.acktrace.generalize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.generalize.GeneralizeOptions.Arguments;
import dev.acktrace.generalize.GeneralizeOptions.Closure;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.ShapeFacts;
import dev.acktrace.syscall.SignificantArguments;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GeneralizerTest {
    private static final GeneralizeOptions KNOWN =
            new GeneralizeOptions(Arguments.KNOWN, Closure.NONE, Action.errno(1), false);

    private static Run run(String id, List<SeccompData> calls) {
        SortedMap<ShapeKey, Shape> shapes = new TreeMap<>();
        SortedMap<Syscall, Long> counts = new TreeMap<>();
        for (SeccompData data : calls) {
            Syscall call = new Syscall(Abi.X86_64, data.number());
            ShapeFacts facts = SignificantArguments.of(call.abi(), call.number());
            int significant = 0;
            long[] arguments = new long[6];
            for (int i = 0; i < arguments.length; i++) {
                significant |= facts.mask(i) != 0 ? 1 << i : 0;
                arguments[i] = data.argument(i) & facts.mask(i);
            }
            ShapeKey key = new ShapeKey("/bin/x", call, significant, arguments);
            shapes.put(key, new Shape(key, 1, 0, 0, 1, 1, 0, new TreeSet<>(), new TreeSet<>()));
            counts.merge(call, 1L, Long::sum);
        }
        return new Run(
                new RunHeader(id, List.of("x"), "trace", List.of(), 0, "", "", "", ""),
                new TreeMap<>(),
                shapes,
                counts,
                Optional.empty());
    }

    private static SeccompData call(String name, long... arguments) {
        return SeccompData.of(
                Abi.X86_64, SyscallTable.of(Abi.X86_64).number(name).orElseThrow(), arguments);
    }

    private static Policy policy(GeneralizeOptions options, List<SeccompData> calls) {
        return Generalizer.generalize(Recording.of(List.of(run("1", calls), run("2", calls))), options)
                .policy();
    }

    private static boolean allowed(Policy policy, String name, long... arguments) {
        return policy.decide(call(name, arguments), Action.KILL_THREAD).equals(Action.ALLOW);
    }

    @Test
    void whatever_was_seen_is_allowed() {
        Random random = new Random(3);
        List<String> names = SyscallTable.of(Abi.X86_64).names();
        for (int i = 0; i < 60; i++) {
            List<SeccompData> calls = new ArrayList<>();
            for (int j = 0; j < 200; j++) {
                long[] arguments =
                        random.longs(6).map(v -> v >>> random.nextInt(64)).toArray();
                calls.add(call(names.get(random.nextInt(30)), arguments));
                calls.add(call(
                        List.of("ioctl", "mmap", "clone", "openat", "socket", "futex")
                                .get(random.nextInt(6)),
                        arguments));
            }
            for (Closure closure : Closure.values()) {
                Policy policy = policy(new GeneralizeOptions(Arguments.KNOWN, closure, Action.errno(1), false), calls);
                for (SeccompData data : calls) {
                    assertThat(policy.decide(data, Action.KILL_THREAD)).isEqualTo(Action.ALLOW);
                }
            }
        }
    }

    @Test
    void a_32_bit_argument_is_pinned_on_its_low_half_only() {
        Policy policy = policy(KNOWN, List.of(call("ioctl", 1, 0x5401), call("ioctl", 1, 0xffffffff_00005413L)));
        assertThat(allowed(policy, "ioctl", 7, 0xdead_00005401L)).isTrue();
        assertThat(allowed(policy, "ioctl", 7, 0x5413)).isTrue();
        assertThat(allowed(policy, "ioctl", 7, 0x5412)).isFalse();
    }

    @Test
    void write_and_execute_together_must_have_been_seen_together() {
        List<SeccompData> calls = new ArrayList<>();
        for (int flags = 0; flags < 64; flags++) {
            calls.add(call("mmap", 0, 0, flags % 2 == 0 ? 3 : 5, 1 << (flags % 20)));
        }
        Policy policy = policy(KNOWN, calls);
        assertThat(allowed(policy, "mmap", 0, 0, 3, 2)).isTrue();
        assertThat(allowed(policy, "mmap", 0, 0, 7, 2)).isFalse();
    }

    @Test
    void namespaces_are_not_widened_when_flags_become_a_mask() {
        List<SeccompData> calls = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            calls.add(call("clone", 0x100L << (i % 8) | 17));
            calls.add(call("clone", i));
        }
        Policy policy = policy(KNOWN, calls);
        assertThat(allowed(policy, "clone", 0x300))
                .as("a new combination of harmless flags")
                .isTrue();
        assertThat(allowed(policy, "clone", 0x10000000)).as("CLONE_NEWUSER").isFalse();
    }

    @Test
    void bits_that_say_nothing_are_never_pinned() {
        Policy policy = policy(KNOWN, List.of(call("socket", 1, 1, 0)));
        assertThat(allowed(policy, "socket", 1, 0x80801, 0)).isTrue();
        assertThat(allowed(policy, "socket", 1, 2, 0)).isFalse();
    }

    @Test
    void a_single_observation_pins_only_what_is_dangerous() {
        Generalized one = Generalizer.generalize(
                Recording.of(List.of(run("1", List.of(call("ioctl", 1, 0x5401), call("mprotect", 0, 0, 1))))), KNOWN);
        assertThat(allowed(one.policy(), "ioctl", 1, 99)).isTrue();
        assertThat(allowed(one.policy(), "mprotect", 0, 0, 7)).isFalse();
        assertThat(one.notes()).anyMatch(note -> note.contains("ioctl") && note.contains("1 call in one run"));
    }

    @Test
    void closures_add_siblings_with_a_reason_and_clone3_answers_enosys() {
        Generalized result = Generalizer.generalize(
                Recording.of(List.of(run("1", List.of(call("clone", 17), call("newfstatat"))))),
                new GeneralizeOptions(Arguments.OFF, Closure.LIBC, Action.errno(1), false));
        assertThat(result.policy().decide(call("clone3"), Action.KILL_THREAD)).isEqualTo(Action.errno(38));
        assertThat(allowed(result.policy(), "statx")).isTrue();
        assertThat(allowed(result.policy(), "exit_group")).isTrue();
        assertThat(allowed(result.policy(), "poll")).isFalse();
        assertThat(result.origins())
                .filteredOn(origin -> origin.kind() == Origin.Kind.CLOSURE)
                .allMatch(origin -> !origin.text().isBlank());
    }

    @Test
    void auto_errno_answers_eperm_for_what_is_known_and_enosys_for_what_comes_later() {
        Policy policy = policy(
                new GeneralizeOptions(Arguments.OFF, Closure.NONE, Action.errno(1), true), List.of(call("read")));
        assertThat(allowed(policy, "read")).isTrue();
        assertThat(policy.decide(call("mount"), Action.KILL_THREAD)).isEqualTo(Action.errno(1));
        assertThat(policy.decide(SeccompData.of(Abi.X86_64, 1000), Action.KILL_THREAD))
                .isEqualTo(Action.errno(38));
    }

    @Test
    void auto_errno_answers_eperm_for_other_arguments_of_a_call_that_is_known() {
        SeccompData unix = call("socket", 1, 1, 0);
        SeccompData inet = call("socket", 2, 1, 6);
        Policy policy = policy(
                new GeneralizeOptions(Arguments.KNOWN, Closure.NONE, Action.errno(1), true),
                List.of(unix, unix, unix, inet, inet, inet));
        assertThat(policy.decide(unix, Action.KILL_THREAD)).isEqualTo(Action.ALLOW);
        assertThat(policy.decide(inet, Action.KILL_THREAD)).isEqualTo(Action.ALLOW);
        assertThat(policy.decide(call("socket", 16, 1, 0), Action.KILL_THREAD)).isEqualTo(Action.errno(1));
        assertThat(policy.decide(call("socket", 1, 5, 0), Action.KILL_THREAD)).isEqualTo(Action.errno(1));
        assertThat(policy.decide(SeccompData.of(Abi.X86_64, 1000), Action.KILL_THREAD))
                .isEqualTo(Action.errno(38));
    }

    @Test
    void what_a_person_is_offered_is_what_a_policy_would_have_however_little_was_seen() {
        List<SeccompData> calls = List.of(call("ioctl", 0, 0x5401), call("ioctl", 0, 0x5413));
        List<Condition> offered =
                Generalizer.alternatives("ioctl", run("1", calls).shapes().keySet());
        assertThat(offered)
                .isEqualTo(policy(KNOWN, calls).rules().stream()
                        .map(Rule::condition)
                        .toList())
                .hasSize(2);
        assertThat(Generalizer.alternatives(
                        "ioctl", run("1", List.of(calls.get(0))).shapes().keySet()))
                .hasSize(1)
                .noneMatch(Condition::always);
        assertThat(Generalizer.alternatives(
                        "read", run("1", List.of(call("read", 3))).shapes().keySet()))
                .containsExactly(Condition.ALWAYS);
    }
}
