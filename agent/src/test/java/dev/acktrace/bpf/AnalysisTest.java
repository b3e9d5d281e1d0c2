package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnalysisTest {
    private static final SeccompData CALL = SeccompData.of(Abi.X86_64, 0);

    private static Program answer(int word) {
        return new Program(List.of(Instruction.answer(word)));
    }

    @Test
    void an_explained_program_means_what_it_did() {
        Policies policies = new Policies(31);
        for (int i = 0; i < 200; i++) {
            Policy policy = policies.policy();
            Plan plan = Plan.of(policy, Action.KILL_THREAD);
            Program program = Compiler.compile(plan, CompileOptions.SMALL);
            Decompiler.Decompiled explained = Decompiler.decompile(program);
            assertThat(explained.checksArchitecture()).isTrue();
            assertThat(Proof.difference(program, explained.plan())).isEmpty();
        }
    }

    @Test
    void profiles_survive_the_way_through_a_program_and_back() {
        for (String name : List.of("typical60", "typical60-args", "moby-amd64", "podman-amd64")) {
            Policy policy = Vectors.profile(name, true, false);
            Plan plan = Plan.of(policy, Action.KILL_THREAD);
            Plan explained = Decompiler.decompile(Compiler.compile(plan, CompileOptions.SMALL))
                    .plan();
            Policy back = PlanPolicy.of(explained, EnumSet.copyOf(policy.architectures()));
            assertThat(PlanDifference.between(plan, Plan.of(back, Action.KILL_THREAD)))
                    .isEmpty();
        }
    }

    @Test
    void a_program_that_does_not_check_the_architecture_is_told() {
        Program program = new Program(List.of(
                Instruction.load(0),
                Instruction.jump(Opcode.JEQ, 59, 0, 1),
                Instruction.answer(0),
                Instruction.answer(Action.ALLOW.word())));
        Decompiler.Decompiled explained = Decompiler.decompile(program);
        assertThat(explained.checksArchitecture()).isFalse();
        assertThat(explained.plan().decide(SeccompData.of(Abi.X86_64, 59))).isEqualTo(Action.KILL_THREAD);
    }

    @Test
    void differences_are_calls_and_conditions_and_each_is_real() {
        Policies policies = new Policies(77);
        Plan moby = Plan.of(Vectors.profile("moby-amd64", false, false), Action.KILL_THREAD);
        Plan podman = Plan.of(Vectors.profile("podman-amd64", false, false), Action.KILL_THREAD);
        List<PlanDifference.Change> changes = PlanDifference.between(moby, podman);
        assertThat(changes).isNotEmpty();
        for (PlanDifference.Change change : changes) {
            for (int i = 0; i < 20; i++) {
                SeccompData call = new SeccompData(
                        change.arch(), change.from(), 0, policies.value(), policies.value(), policies.value());
                if (change.condition().test(call)) {
                    assertThat(moby.decide(call)).isEqualTo(change.left());
                    assertThat(podman.decide(call)).isEqualTo(change.right());
                }
            }
        }
        assertThat(PlanDifference.between(moby, moby)).isEmpty();
    }

    @Test
    void a_union_allows_what_either_allows_and_an_intersection_what_both_do() {
        Policies policies = new Policies(55);
        for (int i = 0; i < 80; i++) {
            Policy one = policies.policy();
            Policy other = policies.policy();
            Plan left = Plan.of(one, Action.KILL_THREAD);
            Plan right = Plan.of(other, Action.KILL_THREAD);
            Plan union = PlanMerge.of(left, right, PlanMerge.Mode.UNION);
            Plan intersection = PlanMerge.of(left, right, PlanMerge.Mode.INTERSECTION);
            for (SeccompData call : policies.calls(i % 2 == 0 ? one : other, 60)) {
                Action a = left.decide(call);
                Action b = right.decide(call);
                assertThat(union.decide(call)).isEqualTo(a.compareTo(b) > 0 ? a : b);
                assertThat(intersection.decide(call)).isEqualTo(a.compareTo(b) > 0 ? b : a);
            }
        }
    }

    @Test
    void in_a_stack_the_least_action_wins_compared_as_signed_and_the_newest_of_equals_gives_the_data() {
        FilterStack stack = new FilterStack(List.of(answer(0x00050001), answer(0x00050026), answer(0x7fff0000)));
        assertThat(stack.run(CALL)).isEqualTo(new FilterStack.Answer(Action.errno(38), 1));
        assertThat(new FilterStack(List.of(answer(0), answer(0x80000000), answer(0x00030000)))
                        .run(CALL)
                        .action())
                .isEqualTo(Action.KILL_PROCESS);
        assertThat(new FilterStack(List.of(answer(0x0005ffff))).run(CALL).action())
                .isEqualTo(Action.errno(4095));
        assertThat(new FilterStack(List.of(answer(0x12340000))).run(CALL).action())
                .isEqualTo(Action.KILL_PROCESS);
        assertThat(new FilterStack(List.of()).run(CALL)).isEqualTo(new FilterStack.Answer(Action.ALLOW, -1));
    }

    @Test
    void all_threads_follow_if_their_filters_are_ancestors_of_the_caller_s() {
        FilterTree tree = new FilterTree();
        FilterTree.Task main = tree.start(100);
        FilterTree.Task worker = tree.create(main, 101);
        tree.noNewPrivs(main);
        tree.attach(main, answer(0x7fff0000));
        assertThat(tree.synchronize(main, answer(0x00050001))).isEmpty();
        assertThat(worker.filters()).hasSize(2).isEqualTo(main.filters());
        assertThat(worker.noNewPrivs()).isTrue();
        assertThat(worker.mode()).isEqualTo(FilterTree.Mode.FILTER);
    }

    @Test
    void a_thread_with_a_filter_of_its_own_cannot_follow_even_if_the_programs_are_equal() {
        FilterTree tree = new FilterTree();
        FilterTree.Task main = tree.start(100);
        FilterTree.Task worker = tree.create(main, 101);
        tree.attach(main, answer(0x7fff0000));
        tree.attach(worker, answer(0x7fff0000));
        assertThat(tree.synchronize(main, answer(0)).orElseThrow().tid()).isEqualTo(101);
        assertThat(main.filters()).as("nothing was attached").hasSize(1);
        tree.exit(worker);
        assertThat(tree.synchronize(main, answer(0))).isEmpty();
    }

    @Test
    void a_thread_in_strict_mode_cannot_follow_and_a_child_of_the_caller_can() {
        FilterTree tree = new FilterTree();
        FilterTree.Task main = tree.start(100);
        tree.attach(main, answer(0x7fff0000));
        FilterTree.Task child = tree.create(main, 102);
        assertThat(tree.obstacle(main)).isEmpty();
        assertThat(child.filters()).hasSize(1);
        tree.strict(tree.start(103));
        assertThat(tree.obstacle(main).orElseThrow().reason()).contains("strict");
    }

    private static Program repeated(Instruction first, Instruction middle, int times) {
        List<Instruction> instructions = new ArrayList<>(List.of(first));
        instructions.addAll(Collections.nCopies(times, middle));
        instructions.addAll(Collections.nCopies(3, Instruction.answer(0x7fff0000)));
        return new Program(instructions);
    }

    /** How often Linux 6.18 installed each, on x86-64 with the default of net.core.bpf_jit_harden, before ENOMEM. */
    @Test
    void as_many_filters_fit_as_the_kernel_takes() {
        Instruction load = Instruction.load(0);
        Map<Program, Integer> seen = new LinkedHashMap<>();
        seen.put(answer(0x7fff0000), 3641);
        seen.put(repeated(load, load, 1500), 21);
        seen.put(repeated(load, Instruction.jump(Opcode.JEQ, 5, 0, 1), 700), 45);
        seen.put(repeated(load, Instruction.jump(Opcode.JEQ, 5, 1, 0), 700), 45);
        seen.put(repeated(load, Instruction.jump(Opcode.JEQ, 5, 1, 2), 700), 23);
        seen.put(repeated(load, Instruction.jump(Opcode.JSET, 5, 0, 1), 700), 23);
        seen.put(repeated(load, Instruction.jump(Opcode.JEQ, -1, 1, 0), 700), 23);
        seen.put(repeated(load, Instruction.jump(Opcode.JSET, 1 << 31, 0, 1), 700), 15);
        seen.put(repeated(new Instruction(Opcode.LDX, 0, 0, 1), new Instruction(0x3c, 0, 0, 0), 500), 13);
        seen.forEach((program, most) -> {
            assertThat(ProgramCheck.check(program)).isEmpty();
            assertThat(new FilterStack(Collections.nCopies(most, program)).fits())
                    .as("%s times %s", most, program.at(program.size() / 2))
                    .isTrue();
            assertThat(new FilterStack(Collections.nCopies(most + 1, program)).fits())
                    .isFalse();
        });
    }
}
