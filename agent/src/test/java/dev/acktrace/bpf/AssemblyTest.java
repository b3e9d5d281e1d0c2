package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssemblyTest {
    private static String text(Program program) {
        return String.join("\n", Disassembler.lines(program)) + "\n";
    }

    private static Program compiled() {
        Policy policy = Policy.of(
                Action.errno(38),
                List.of(Abi.X86_64, Abi.X86),
                List.of(
                        Rule.of("read", Action.ALLOW),
                        Rule.of("socket", Condition.of(Comparison.of(0, Operator.EQ, 1)), Action.ALLOW)));
        return Compiler.compile(Plan.of(policy, Action.KILL_THREAD), CompileOptions.SMALL);
    }

    @Test
    void what_is_assembled_is_what_was_disassembled() throws AssemblyException {
        assertThat(AssemblyParser.parse(text(compiled()))).isEqualTo(compiled());
    }

    @Test
    void any_instruction_survives_the_way_there_and_back() throws AssemblyException {
        Random random = new Random(12);
        for (int i = 0; i < 20_000; i++) {
            int code = random.nextInt(3) == 0 ? random.nextInt(1 << 16) : random.nextInt(256);
            boolean jump = Opcode.family(code) == Opcode.JMP;
            int offset = jump ? 0 : random.nextInt(2);
            Instruction instruction =
                    new Instruction(code, offset, 0, code == Opcode.GOTO ? 0 : random.nextInt(4) * random.nextInt());
            Program program = new Program(List.of(instruction, new Instruction(Opcode.RETURN, 0, 0, 0)));
            assertThat(AssemblyParser.parse(text(program))).as(text(program)).isEqualTo(program);
        }
    }

    @Test
    void comments_name_calls_architectures_arguments_and_answers() {
        assertThat(text(compiled()))
                .contains(
                        "; architecture",
                        "; x86_64",
                        "; number",
                        "; argument 0, low half",
                        "; ERRNO(38)",
                        "; KILL_THREAD");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nop|there is no instruction",
                "ret 5|is not a value",
                "jeq #1, a, b|there is no label",
                "a: ja a|would go back",
                "ld|is not a value",
                "st M[x]|not a number",
                "ret #99999999999|not a number of 32 bits",
                "a: a: ret #0|",
                "raw 1 2 3|takes code"
            })
    void a_wrong_line_is_named(String line, String why) {
        assertThatThrownBy(() -> AssemblyParser.parse("ld [0]\n" + line + "\nret #0\n"))
                .isInstanceOfSatisfying(
                        AssemblyException.class, e -> assertThat(e.line()).isEqualTo(2))
                .hasMessageContaining(why == null ? "" : why);
    }

    @Test
    void noise_is_a_program_or_the_declared_exception() {
        Random random = new Random(13);
        String letters = "ldxjeqrt #0x1f[]M:;,\n next";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder noise = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                noise.append(letters.charAt(random.nextInt(letters.length())));
            }
            try {
                assertThat(AssemblyParser.parse(noise.toString()).size()).isPositive();
            } catch (AssemblyException e) {
                assertThat(e.line()).isPositive();
            }
        }
    }
}
