package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CompilerVectorsTest {
    private static final CompileOptions FAST = new CompileOptions(CompileGoal.SPEED, Vectors.frequencies());

    @Test
    void the_model_gives_the_expected_action_for_every_vector() {
        for (Vectors.Case one : Vectors.random()) {
            Plan plan = Plan.of(one.policy(), one.badArch());
            for (Vectors.Vector vector : one.vectors()) {
                assertThat(one.policy().decide(vector.call(), one.badArch()))
                        .as(one.id() + " " + vector.call())
                        .isEqualTo(vector.expected());
                assertThat(plan.decide(vector.call())).isEqualTo(vector.expected());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CompileGoal.class)
    void compiled_filters_give_the_expected_action_for_every_vector(CompileGoal goal) {
        int wrong = 0;
        long instructions = 0;
        long executed = 0;
        long baseline = 0;
        long baselineExecuted = 0;
        for (Vectors.Case one : Vectors.random()) {
            Program program =
                    Compiler.compile(Plan.of(one.policy(), one.badArch()), new CompileOptions(goal, Map.of()));
            assertThat(ProgramCheck.check(program)).isEmpty();
            instructions += program.size();
            baseline += one.sizes().get(0);
            baselineExecuted += one.sums().get(1);
            for (Vectors.Vector vector : one.vectors()) {
                Interpreter.Result result = Interpreter.run(program, vector.call());
                executed += result.executed();
                wrong += result.action().equals(vector.expected()) ? 0 : 1;
            }
        }
        assertThat(wrong).isZero();
        assertThat(instructions).as("instructions").isLessThan(baseline);
        if (goal == CompileGoal.SPEED) {
            assertThat(executed).as("executed").isLessThan(baselineExecuted);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "typical60, false, 57",
        "typical60-args, false, 125",
        "moby-amd64, false, 76",
        "podman-amd64, false, 64",
        "typical60-args, true, 112",
        "moby-amd64, true, 70",
    })
    void filters_are_as_small_as_promised(String profile, boolean kernelWidths, int most) {
        Program program = Compiler.compile(
                Plan.of(Vectors.profile(profile, false, kernelWidths), Action.KILL_THREAD), CompileOptions.SMALL);
        assertThat(program.size()).as(profile).isLessThanOrEqualTo(most);
    }

    @ParameterizedTest
    @CsvSource({
        "typical60, false, 7.7",
        "typical60-args, false, 10.1",
        "moby-amd64, false, 7.0",
        "podman-amd64, false, 6.4",
        "moby-amd64, true, 9.1",
        "podman-amd64, true, 8.5",
    })
    void filters_for_speed_execute_less_than_any_other_compiler_s(String profile, boolean all, double other) {
        Program program = Compiler.compile(Plan.of(Vectors.profile(profile, all, false), Action.KILL_THREAD), FAST);
        assertThat(expected(program)).as(profile).isLessThan(other);
    }

    /** Instructions executed on average, weighted by how often each call is made; arguments are 0. */
    private static double expected(Program program) {
        double sum = 0;
        double total = 0;
        for (var entry : FAST.weights().entrySet()) {
            SeccompData call = SeccompData.of(Abi.X86_64, entry.getKey().number());
            sum += entry.getValue() * Interpreter.run(program, call).executed();
            total += entry.getValue();
        }
        return sum / total;
    }
}
