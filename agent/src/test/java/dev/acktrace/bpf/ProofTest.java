package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProofTest {
    private static final int[] ANSWERS = {0x7fff0000, 0, 0x80000000, 0x00050001, 0x00050026, 0x7ffc0000};

    private static Instruction mutate(Instruction old, Random random) {
        int jt = old.jt();
        int jf = old.jf();
        int k = old.k();
        int code = old.code();
        switch (old.conditional() ? random.nextInt(5) : 2 + random.nextInt(3)) {
            case 0 -> jt = random.nextInt(12);
            case 1 -> jf = random.nextInt(12);
            case 2 ->
                k = code == Opcode.RETURN ? ANSWERS[random.nextInt(ANSWERS.length)] : k ^ (1 << random.nextInt(32));
            case 3 -> k += random.nextBoolean() ? 1 : -1;
            default -> {
                if (old.conditional()) {
                    code = Opcode.JMP | (1 + random.nextInt(4)) << 4;
                } else if (code == Opcode.LOAD) {
                    k = random.nextInt(16) * 4;
                }
            }
        }
        return new Instruction(code, jt, jf, k);
    }

    private static List<Plan> plans() {
        List<Plan> plans = new ArrayList<>();
        for (String name : List.of("typical60", "typical60-args", "moby-amd64", "podman-amd64")) {
            plans.add(Plan.of(Vectors.profile(name, false, false), Action.KILL_THREAD));
            plans.add(Plan.of(Vectors.profile(name, true, false), Action.KILL_THREAD));
        }
        Policies policies = new Policies(5);
        for (int i = 0; i < 30; i++) {
            plans.add(Plan.of(policies.policy(), Action.KILL_THREAD));
        }
        return plans;
    }

    /** Each difference that is found is real, and where none is found none is met by trying. */
    @ParameterizedTest
    @EnumSource(CompileGoal.class)
    void every_change_of_meaning_is_caught_and_nothing_else(CompileGoal goal) {
        CompileOptions options = new CompileOptions(goal, Vectors.frequencies());
        Random random = new Random(99);
        Policies policies = new Policies(98);
        int caught = 0;
        int harmless = 0;
        for (Plan plan : plans()) {
            Program program = Compiler.compile(plan, options);
            for (int i = 0; i < 250; i++) {
                List<Instruction> changed = new ArrayList<>(program.instructions());
                int at = random.nextInt(changed.size());
                changed.set(at, mutate(changed.get(at), random));
                Program mutant = new Program(changed);
                if (ProgramCheck.check(mutant).isPresent() || mutant.equals(program)) {
                    continue;
                }
                Optional<Proof.Difference> difference;
                try {
                    difference = Proof.difference(mutant, plan);
                } catch (TooComplex refused) {
                    caught++;
                    continue;
                }
                if (i % 5 == 0) {
                    assertThat(Proof.whole(mutant, plan).isPresent()).isEqualTo(difference.isPresent());
                }
                if (difference.isPresent()) {
                    SeccompData call = difference.get().call();
                    assertThat(Interpreter.run(mutant, call).word())
                            .isEqualTo(difference.get().actual())
                            .isNotEqualTo(plan.decide(call).word());
                    caught++;
                } else {
                    harmless++;
                    for (int number = 0; number < 600; number++) {
                        for (Plan.Section section : plan.sections()) {
                            SeccompData call = new SeccompData(
                                    section.arch(), number, 0, policies.value(), policies.value(), policies.value());
                            assertThat(Interpreter.run(mutant, call).word())
                                    .isEqualTo(plan.decide(call).word());
                        }
                    }
                }
            }
        }
        assertThat(caught).isGreaterThan(5000);
        assertThat(harmless).as("changes that change nothing are rare").isLessThan(caught / 4);
    }

    @Test
    void a_difference_in_one_call_of_all_is_found() {
        Policy policy = Vectors.profile("moby-amd64", true, false);
        Program program = Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL);
        Plan other = Plan.of(
                policy.withRules(policy.rules().stream()
                        .filter(rule -> !rule.call().equals("personality")
                                || !rule.condition().toString().contains("131080"))
                        .toList()),
                Action.KILL_THREAD);
        Proof.Difference difference = Proof.difference(program, other).orElseThrow();
        assertThat(difference.call().argument(0)).isEqualTo(131080);
        assertThat(difference.planned()).isEqualTo(Action.errno(1));
    }

    @Test
    void programs_that_go_by_the_number_in_other_ways_are_proven_as_a_whole() {
        Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), List.of(Rule.of("read", Action.ALLOW)));
        Plan plan = Plan.of(policy, Action.KILL_THREAD);
        // As chromium guards against x32, with the exception for -1, and the architecture asked for last.
        Program program = new Program(List.of(
                Instruction.load(0),
                Instruction.jump(Opcode.JEQ, -1, 2, 0),
                Instruction.jump(Opcode.JSET, 0x40000000, 6, 0),
                Instruction.jump(Opcode.JGT, 0x3fffffff, 5, 0),
                Instruction.load(4),
                Instruction.jump(Opcode.JEQ, 0xC000003E, 0, 3),
                Instruction.load(0),
                Instruction.jump(Opcode.JEQ, 0, 2, 0),
                Instruction.answer(Action.errno(1).word()),
                Instruction.answer(Action.KILL_THREAD.word()),
                Instruction.answer(Action.ALLOW.word())));
        assertThat(new SectionProof(program, plan).applies()).isFalse();
        assertThat(Proof.difference(program, plan)).isEmpty();
        List<Instruction> changed = new ArrayList<>(program.instructions());
        changed.set(7, Instruction.jump(Opcode.JEQ, 1, 2, 0));
        assertThat(Proof.difference(new Program(changed), plan)).isPresent();
    }
}
