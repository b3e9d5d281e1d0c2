package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiled filters in the running kernel: it answers what the policy says, and refuses what the check refuses. */
class KernelTest {
    @TempDir
    private static Path directory;

    private static Optional<Kernel> here = Optional.empty();

    private final List<Kernel.Request> requests = new ArrayList<>();
    private final List<List<String>> expected = new ArrayList<>();

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        here = Kernel.here(directory);
    }

    private static Kernel kernel() {
        assumeTrue(here.isPresent(), "x86-64 Linux and gcc");
        return here.orElseThrow();
    }

    private void request(Program program, List<SeccompData> calls, Function<SeccompData, Action> policy) {
        List<SeccompData> made = calls.stream().filter(kernel()::makes).toList();
        requests.add(new Kernel.Request(program, made));
        expected.add(made.stream().map(policy.andThen(Kernel::worded)).toList());
    }

    /** Compares everything that was requested; returns how many calls that were. */
    private int compare() throws IOException, InterruptedException {
        List<List<String>> answers = kernel().ask(requests);
        int count = 0;
        for (int i = 0; i < answers.size(); i++) {
            List<SeccompData> calls = requests.get(i).calls();
            for (int j = 0; j < calls.size(); j++) {
                assertThat(answers.get(i).get(j))
                        .as("request %s: %s", i, calls.get(j))
                        .isEqualTo(expected.get(i).get(j));
                count++;
            }
        }
        return count;
    }

    @Test
    void the_kernel_gives_the_expected_action_for_the_vectors() throws Exception {
        for (Vectors.Case one : Vectors.random()) {
            Program program = Compiler.compile(Plan.of(one.policy(), one.badArch()), CompileOptions.SMALL);
            Map<SeccompData, Action> wanted = new LinkedHashMap<>();
            one.vectors().forEach(vector -> wanted.put(vector.call(), vector.expected()));
            request(program, List.copyOf(wanted.keySet()), call -> Objects.requireNonNull(wanted.get(call)));
        }
        assertThat(compare()).isGreaterThan(5000);
    }

    @Test
    void the_kernel_answers_as_the_rule_lists_say_for_every_number() throws Exception {
        for (String name : List.of("typical60", "typical60-args", "moby-amd64", "podman-amd64")) {
            for (CompileGoal goal : CompileGoal.values()) {
                Policy policy = Vectors.profile(name, goal == CompileGoal.SPEED, false);
                Program program = Compiler.compile(
                        Plan.of(policy, Action.KILL_THREAD), new CompileOptions(goal, Vectors.frequencies()));
                List<SeccompData> calls = new ArrayList<>();
                for (Abi abi : List.of(Abi.X86_64, Abi.X86, Abi.X32)) {
                    for (int number = 0; number < 480; number++) {
                        calls.add(SeccompData.of(abi, number, number % 7, 0x5401, 3));
                    }
                }
                calls.addAll(new Policies(3).calls(policy, 200));
                request(program, calls, call -> policy.decide(call, Action.KILL_THREAD));
            }
        }
        assertThat(compare()).isGreaterThan(10_000);
    }

    @Test
    void the_kernel_the_interpreter_and_the_model_agree_on_random_policies() throws Exception {
        Policies policies = new Policies(20261124);
        while (requests.size() < 500) {
            Policy policy = policies.policy();
            if (!policy.architectures().contains(Abi.X86_64)) {
                continue;
            }
            CompileGoal goal = requests.size() % 2 == 0 ? CompileGoal.SIZE : CompileGoal.SPEED;
            Program program = Compiler.compile(
                    Plan.of(policy, Action.KILL_PROCESS), new CompileOptions(goal, Vectors.frequencies()));
            request(program, policies.calls(policy, 40), call -> {
                Action action = policy.decide(call, Action.KILL_PROCESS);
                assertThat(Interpreter.run(program, call).action()).isEqualTo(action);
                return action;
            });
        }
        assertThat(compare()).isGreaterThan(15_000);
    }

    @Test
    void the_kernel_takes_what_the_check_takes_and_runs_it_as_the_interpreter_does() throws Exception {
        int refused = 0;
        for (boolean sloppy : new boolean[] {false, true}) {
            Programs programs = new Programs(20261125, sloppy);
            for (int i = 0; i < 800; i++) {
                Program program = programs.next();
                if (ProgramCheck.check(program).isPresent()) {
                    refused++;
                    requests.add(new Kernel.Request(program, List.of(programs.call())));
                    expected.add(List.of(Kernel.REFUSED));
                } else {
                    List<SeccompData> calls = List.of(programs.call(), programs.call(), programs.call());
                    request(
                            program,
                            calls,
                            call -> Interpreter.run(program, call).action());
                }
            }
        }
        assertThat(compare()).isGreaterThan(2000);
        assertThat(refused).isGreaterThan(200);
    }
}
