package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.bpf.CompileGoal;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Instruction;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Filters in the manner of several compilers, read back as rules. */
class FilterReaderTest {
    private static final int LOAD = 0x20;
    private static final int AND = 0x54;
    private static final int EQUAL = 0x15;
    private static final int GREATER = 0x25;
    private static final int AT_LEAST = 0x35;
    private static final int ANY_BIT = 0x45;
    private static final int SKIP = 0x05;
    private static final int RETURN = 0x06;
    private static final int X86_64 = 0xC000003E;
    private static final int ALLOW = 0x7fff0000;
    private static final int EPERM = 0x00050001;
    private static final int ENOSYS = 0x00050026;

    private static Program program(int[]... instructions) {
        List<Instruction> all = new ArrayList<>();
        for (int[] each : instructions) {
            all.add(new Instruction(each[0], each[2], each[3], each[1]));
        }
        return new Program(all);
    }

    private static int[] op(int code, int k) {
        return new int[] {code, k, 0, 0};
    }

    private static int[] jump(int code, int k, int yes, int no) {
        return new int[] {code, k, yes, no};
    }

    private static FilterReader.Explained explain(Program program) throws FormatException {
        return FilterReader.explain(FilterReader.program(program.bytes(), "f.bpf"), "f.bpf", Abi.X86_64);
    }

    private static List<String> rules(FilterReader.Explained explained) {
        return explained.policy().rules().stream().map(Rule::toString).toList();
    }

    @Test
    void a_chain_of_numbers_as_libseccomp_makes_it_comes_back_as_rules() throws FormatException {
        FilterReader.Explained explained = explain(program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 0, 11),
                op(LOAD, 0),
                jump(AT_LEAST, 0x40000000, 0, 1),
                jump(EQUAL, -1, 0, 8),
                jump(EQUAL, 0, 6, 0),
                jump(EQUAL, 1, 5, 0),
                jump(EQUAL, 41, 0, 3),
                op(LOAD, 20),
                jump(EQUAL, 0, 0, 1),
                jump(SKIP, 3, 0, 0),
                op(RETURN, EPERM),
                op(RETURN, ALLOW),
                op(RETURN, 0),
                op(LOAD, 16),
                jump(EQUAL, 1, 0, 1),
                op(RETURN, ALLOW),
                op(RETURN, EPERM)));
        assertThat(explained.policy().architectures()).containsExactly(Abi.X86_64);
        assertThat(explained.policy().defaultAction()).isEqualTo(Action.errno(1));
        assertThat(rules(explained))
                .containsExactly("read: always -> ALLOW", "socket: arg0 == 1 -> ALLOW", "write: always -> ALLOW");
        assertThat(explained.rest()).isEmpty();
    }

    @Test
    void ranges_of_numbers_and_flags_as_minijail_makes_them_come_back_as_rules() throws FormatException {
        FilterReader.Explained explained = explain(program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 1, 0),
                op(RETURN, 0),
                op(LOAD, 0),
                jump(AT_LEAST, 9, 2, 0),
                jump(AT_LEAST, 4, 0, 8),
                op(RETURN, 0),
                jump(EQUAL, 9, 0, 5),
                op(LOAD, 36),
                jump(ANY_BIT, -1, 3, 0),
                op(LOAD, 32),
                jump(ANY_BIT, 0xFFFFFFFC, 1, 0),
                op(RETURN, ALLOW),
                op(RETURN, 0),
                op(RETURN, ALLOW)));
        assertThat(explained.policy().defaultAction()).isEqualTo(Action.KILL_THREAD);
        assertThat(rules(explained))
                .contains("mmap: arg2 <= 3 -> ALLOW", "read: always -> ALLOW", "close: always -> ALLOW");
        assertThat(rules(explained)).hasSize(5);
    }

    @Test
    void a_low_half_alone_as_kafel_compares_it_is_told_as_32_bits() throws FormatException {
        FilterReader.Explained explained = explain(program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 1, 0),
                op(RETURN, 0),
                op(LOAD, 0),
                jump(AT_LEAST, 42, 3, 0),
                jump(AT_LEAST, 41, 0, 2),
                op(LOAD, 16),
                jump(EQUAL, 2, 1, 0),
                op(RETURN, ENOSYS),
                op(RETURN, ALLOW)));
        assertThat(rules(explained)).containsExactly("socket: arg0:32 == 2 -> ALLOW");
        assertThat(explained.rest())
                .as("x32 is not checked")
                .singleElement()
                .asString()
                .contains("numbers 1073741824 to 4294967294 of x32 get ERRNO(38)");
    }

    @Test
    void upper_halves_as_chromium_checks_them_are_told() throws FormatException {
        FilterReader.Explained explained = explain(program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 1, 0),
                op(RETURN, 0x80000000),
                op(LOAD, 0),
                jump(ANY_BIT, 0x40000000, 4, 0),
                jump(EQUAL, 16, 0, 3),
                op(LOAD, 28),
                jump(EQUAL, 0, 0, 1),
                jump(SKIP, 1, 0, 0),
                op(RETURN, 0x80000000),
                op(LOAD, 24),
                jump(EQUAL, 0x5401, 0, 1),
                op(RETURN, ALLOW),
                op(RETURN, 0x80000000)));
        assertThat(rules(explained)).containsExactly("ioctl: arg1 == 21505 -> ALLOW");
        assertThat(explained.rest())
                .as("architectures it does not know")
                .singleElement()
                .asString()
                .contains("KILL_PROCESS");
    }

    @Test
    void numbers_above_the_newest_as_runc_answers_them_are_the_default() throws FormatException {
        FilterReader.Explained explained = explain(program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 1, 0),
                op(RETURN, 0),
                op(LOAD, 0),
                jump(ANY_BIT, 0x40000000, 0, 1),
                op(RETURN, ENOSYS),
                jump(GREATER, 439, 0, 1),
                op(RETURN, ENOSYS),
                jump(EQUAL, 3, 0, 1),
                op(RETURN, ALLOW),
                op(RETURN, EPERM)));
        Policy policy = explained.policy();
        assertThat(policy.defaultAction()).isEqualTo(Action.errno(38));
        assertThat(rules(explained)).contains("close: always -> ALLOW", "read: always -> ERRNO(1)");
        Plan back = Plan.of(policy, Action.KILL_THREAD);
        assertThat(PlanDifference.between(explained.plan(), back).stream()
                        .filter(change -> Integer.compareUnsigned(change.from(), 0x40000000) < 0))
                .isEmpty();
    }

    @Test
    void bits_of_an_argument_that_are_masked_before_the_comparison_are_told_as_a_mask() throws FormatException {
        FilterReader.Explained explained = explain(program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 0, 5),
                op(LOAD, 0),
                jump(EQUAL, 56, 0, 3),
                op(LOAD, 16),
                op(AND, 0x7E020000),
                jump(EQUAL, 0, 1, 0),
                op(RETURN, EPERM),
                op(RETURN, ALLOW)));
        assertThat(rules(explained)).singleElement().asString().startsWith("clone:");
    }

    @Test
    void an_argument_compared_with_another_is_refused_with_a_reason() {
        Program program = program(
                op(LOAD, 16), op(0x07, 0), op(LOAD, 24), jump(EQUAL | 8, 0, 0, 1), op(RETURN, ALLOW), op(RETURN, 0));
        assertThatThrownBy(() -> explain(program))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("cannot be told as rules")
                .hasMessageContaining("two words of the call");
    }

    @Test
    void any_policy_comes_back_from_its_filter_whatever_the_goal() throws FormatException {
        RandomPolicies random = new RandomPolicies(91);
        for (int i = 0; i < 60; i++) {
            Policy policy = random.next(List.of(Operator.values()), i % 2 == 0);
            CompileGoal goal = i % 3 == 0 ? CompileGoal.SPEED : CompileGoal.SIZE;
            Plan plan = Plan.of(policy, Action.KILL_THREAD);
            FilterReader.Explained explained = explain(Compiler.compile(plan, new CompileOptions(goal, Map.of())));
            assertThat(explained.rest()).allMatch(line -> line.contains("of x32 get"));
            assertThat(PlanDifference.between(plan, Plan.of(explained.policy(), Action.KILL_THREAD)).stream()
                            .filter(change -> Abi.of(change.arch(), change.from())
                                    .filter(abi -> abi != Abi.X32)
                                    .isPresent()))
                    .isEmpty();
        }
    }

    @Test
    void dense_conditions_come_back_as_few_rules() throws FormatException {
        List<Rule> rules = List.of(
                Rule.of("fcntl", Condition.of(Comparison.of(1, Operator.NE, 4)), Action.ALLOW),
                Rule.of(
                        "fcntl",
                        Condition.of(
                                Comparison.of(0, Operator.GE, 1L << 33), Comparison.masked(2, 0xF0F0F0F0F0L, 0x10)),
                        Action.errno(13)),
                Rule.of("fcntl", Condition.of(Comparison.of(2, Operator.LT, 5000)), Action.KILL_PROCESS));
        Policy policy = Policy.of(Action.errno(1), List.of(Abi.X86_64), rules);
        Plan plan = Plan.of(policy, Action.KILL_THREAD);
        FilterReader.Explained explained = explain(Compiler.compile(plan, CompileOptions.SMALL));
        assertThat(explained.policy().rules()).hasSizeLessThanOrEqualTo(6);
        assertThat(PlanDifference.between(plan, Plan.of(explained.policy(), Action.KILL_THREAD)))
                .isEmpty();
    }

    @Test
    void filters_together_answer_as_the_kernel_does_with_all_of_them() throws FormatException {
        Program old = program(op(LOAD, 0), jump(EQUAL, 101, 0, 1), op(RETURN, 0x00050005), op(RETURN, ALLOW));
        Program newest = program(
                op(LOAD, 4),
                jump(EQUAL, X86_64, 0, 3),
                op(LOAD, 0),
                jump(EQUAL, 101, 1, 0),
                op(RETURN, ALLOW),
                op(RETURN, EPERM));
        FilterReader.Explained all = FilterReader.together(List.of(explain(old), explain(newest)), "both", Abi.X86_64);
        assertThat(rules(all)).contains("ptrace on x86_64: always -> ERRNO(1)");
        assertThat(FilterReader.together(List.of(explain(newest), explain(old)), "both", Abi.X86_64)
                        .policy()
                        .rules())
                .anyMatch(rule -> rule.call().equals("ptrace") && rule.action().equals(Action.errno(5)));
    }

    @Test
    void random_programs_are_explained_or_refused_within_bounds() {
        Random random = new Random(17);
        int[] codes = {LOAD, LOAD, LOAD, AND, EQUAL, GREATER, AT_LEAST, ANY_BIT, SKIP, 0x07, 0x87, 0x74, 0x64, 0x02};
        int explained = 0;
        for (int i = 0; i < 400; i++) {
            List<Instruction> all = new ArrayList<>();
            int length = 2 + random.nextInt(60);
            for (int at = 0; at < length; at++) {
                int code = codes[random.nextInt(codes.length)];
                int left = length - at - 1;
                boolean test = code == EQUAL || code == GREATER || code == AT_LEAST || code == ANY_BIT;
                int k = code == LOAD
                        ? 4 * random.nextInt(16)
                        : code == SKIP
                                ? random.nextInt(left + 1)
                                : code == 0x02 ? 3 : random.nextInt() >>> random.nextInt(32);
                k = code == 0x74 || code == 0x64 ? k & 31 : k;
                all.add(new Instruction(
                        code, test ? random.nextInt(left + 1) : 0, test ? random.nextInt(left + 1) : 0, k));
            }
            all.add(new Instruction(RETURN, 0, 0, random.nextBoolean() ? ALLOW : EPERM));
            try {
                explain(new Program(all));
                explained++;
            } catch (FormatException refused) {
                assertThat(refused).hasMessageMatching("(?s).*(cannot be told as rules|the kernel refuses it).*");
            }
        }
        assertThat(explained).isGreaterThan(20);
    }
}
