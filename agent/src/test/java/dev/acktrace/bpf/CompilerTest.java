package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompilerTest {
    @ParameterizedTest
    @EnumSource(CompileGoal.class)
    void compiled_model_and_interpreted_agree_on_random_policies(CompileGoal goal) {
        Policies policies = new Policies(goal == CompileGoal.SIZE ? 20261122 : 20261123);
        for (int i = 0; i < 1200; i++) {
            Policy policy = policies.policy();
            Plan plan = Plan.of(policy, Action.KILL_THREAD);
            Program program = Compiler.compile(plan, new CompileOptions(goal, Map.of()));
            assertThat(ProgramCheck.check(program)).isEmpty();
            for (SeccompData call : policies.calls(policy, 60)) {
                Action expected = policy.decide(call, Action.KILL_THREAD);
                assertThat(plan.decide(call)).as(() -> call + " " + policy).isEqualTo(expected);
                assertThat(Interpreter.run(program, call).word())
                        .as(() -> call + " " + policy)
                        .isEqualTo(expected.word());
            }
        }
    }

    @Test
    void conditions_compiled_one_after_the_other_mean_the_same() {
        Policies policies = new Policies(7);
        for (int i = 0; i < 400; i++) {
            Plan plan = Plan.of(policies.policy(), Action.KILL_THREAD);
            Program program = new ChainCompiler(plan, CompileOptions.SMALL, new Step.Factory()).program();
            assertThat(Proof.difference(program, plan)).isEmpty();
        }
    }

    /** The theorem's minimum, found in another way than the compiler finds it: all sets R of narrow runs. */
    private static int optimum(boolean[] allowed) {
        List<Integer> borders = new ArrayList<>();
        for (int n = 1; n < allowed.length; n++) {
            if (allowed[n] != allowed[n - 1]) {
                borders.add(n);
            }
        }
        if (allowed[allowed.length - 1]) {
            borders.add(allowed.length);
        }
        int sum = 0;
        int chain = 0;
        for (int i = 0; i < borders.size(); i++) {
            boolean continues = i > 0 && borders.get(i) == borders.get(i - 1) + 1;
            if (!continues) {
                sum += (chain + 1) / 2;
                chain = 0;
            }
            chain++;
        }
        return sum + (chain + 1) / 2;
    }

    @Test
    void without_arguments_the_number_of_tests_is_the_theorem_s_optimum_and_the_rest_is_five() {
        Random random = new Random(2);
        List<String> names = SyscallTable.of(Abi.X86_64).names();
        for (int i = 0; i < 600; i++) {
            double density = random.nextDouble();
            List<Rule> rules = new ArrayList<>();
            boolean[] allowed = new boolean[512];
            for (String name : names) {
                if (random.nextDouble() < density) {
                    rules.add(Rule.of(name, Action.ALLOW));
                    allowed[SyscallTable.of(Abi.X86_64).number(name).orElseThrow()] = true;
                }
            }
            if (rules.isEmpty()) {
                continue;
            }
            Policy policy = Policy.of(Action.KILL_THREAD, List.of(Abi.X86_64), rules);
            Program program = Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL);
            assertThat(program.size()).isEqualTo(optimum(allowed) + 5);
        }
    }

    /** Every program of JEQ and JGE over a tiny universe, by brute force: none is smaller than the optimum. */
    @Test
    void no_program_is_smaller_than_the_optimum_on_small_universes() {
        int universe = 5;
        for (int bits = 1; bits < (1 << universe) - 1; bits++) {
            boolean[] allowed = new boolean[universe + 1];
            for (int n = 0; n < universe; n++) {
                allowed[n] = (bits >> n & 1) != 0;
            }
            assertThat(BruteForce.fewestTests(allowed))
                    .as(Integer.toBinaryString(bits))
                    .isEqualTo(optimum(allowed));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"typical60", "typical60-args", "moby-amd64", "podman-amd64"})
    void every_call_that_is_allowed_whatever_its_arguments_is_cached(String profile) {
        for (boolean all : new boolean[] {false, true}) {
            for (CompileGoal goal : CompileGoal.values()) {
                Policy policy = Vectors.profile(profile, all, false);
                Program program = Compiler.compile(
                        Plan.of(policy, Action.KILL_THREAD), new CompileOptions(goal, Vectors.frequencies()));
                for (Abi abi : policy.architectures()) {
                    for (Rule rule : policy.rules()) {
                        boolean always =
                                rule.condition().always() && rule.action().equals(Action.ALLOW);
                        if (always && abi != Abi.X32 && rule.number(abi).isPresent()) {
                            int number = rule.number(abi).getAsInt();
                            assertThat(ActionCache.entry(program, abi, number))
                                    .as(abi + " " + rule)
                                    .isEqualTo(ActionCache.Entry.CACHED);
                        }
                    }
                }
            }
        }
    }

    @Test
    void far_ways_are_reached_whatever_the_size() {
        for (int values : new int[] {100, 254, 255, 256, 257, 500, 1200, 3000}) {
            List<Rule> rules = new ArrayList<>(List.of(Rule.of("read", Action.LOG)));
            for (int i = 0; i < values; i++) {
                Condition condition = Condition.of(Comparison.of(1, Operator.EQ, 3L * i));
                rules.add(Rule.of("ioctl", condition, Action.ALLOW));
            }
            Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), rules);
            Program small = Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL);
            assertThat(small.size()).isLessThan(values + values / 100 + 20);
            Program fast = Compiler.compile(
                    Plan.of(policy, Action.KILL_THREAD), new CompileOptions(CompileGoal.SPEED, Map.of()));
            int most = 0;
            for (int i = 0; i < values; i++) {
                SeccompData call = SeccompData.of(Abi.X86_64, 16, 0, 3L * i);
                most = Math.max(most, Interpreter.run(fast, call).executed());
            }
            assertThat(most).as("executed with " + values).isLessThan(30);
        }
    }

    @Test
    void a_policy_that_does_not_fit_is_refused_with_the_number_and_the_way_out() {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            rules.add(Rule.of("ioctl", Condition.of(Comparison.of(1, Operator.EQ, 3L * i)), Action.ALLOW));
        }
        Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), rules);
        assertThatThrownBy(() -> Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL))
                .isInstanceOf(CompileException.class)
                .hasMessageContaining("4096")
                .hasMessageContaining("fewer");
    }

    @Test
    void a_number_without_a_name_is_compiled() {
        Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of(Rule.of("4711", Action.ALLOW)));
        Program program = Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL);
        assertThat(Interpreter.run(program, SeccompData.of(Abi.X86_64, 4711)).action())
                .isEqualTo(Action.ALLOW);
    }

    @Test
    void the_same_policy_gives_the_same_bytes_in_every_order() {
        Policies policies = new Policies(11);
        for (int i = 0; i < 50; i++) {
            Policy policy = policies.policy();
            List<Rule> shuffled = new ArrayList<>(policy.rules());
            Collections.shuffle(shuffled, new Random(i));
            byte[] one = Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL)
                    .bytes();
            byte[] two = Compiler.compile(
                            Plan.of(policy.withRules(new TreeSet<>(shuffled)), Action.KILL_THREAD),
                            CompileOptions.SMALL)
                    .bytes();
            assertThat(two).isEqualTo(one);
            assertThat(Program.of(one).bytes()).isEqualTo(one);
        }
    }
}
