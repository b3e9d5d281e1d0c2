package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterpreterTest {
    private static final SeccompData CALL =
            new SeccompData(0xC000003E, 42, 0x1122334455667788L, 0xAABBCCDD00000007L, 2, 3, 4, 5, 6);

    private static Program program(int... words) {
        Instruction[] instructions = new Instruction[words.length / 4];
        for (int i = 0; i < instructions.length; i++) {
            instructions[i] = new Instruction(words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]);
        }
        return new Program(List.of(instructions));
    }

    private static int run(int... words) {
        Program program = program(words);
        assertThat(ProgramCheck.check(program)).isEmpty();
        return Interpreter.run(program, CALL).word();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 42",
        "4, 0xC000003E",
        "8, 0x55667788",
        "12, 0x11223344",
        "16, 7",
        "20, 0xAABBCCDD",
        "56, 6",
        "60, 0",
    })
    void words_are_those_of_seccomp_data(int offset, String word) {
        assertThat(run(0x20, 0, 0, offset, 0x16, 0, 0, 0))
                .isEqualTo(Long.decode(word).intValue());
    }

    @Test
    void on_big_endian_the_high_half_comes_first() {
        SeccompData call = new SeccompData(0x80000016, 1, 0, 0x0000000100000002L);
        assertThat(call.word(16)).isEqualTo(1);
        assertThat(call.word(20)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "0x04, 45",
        "0x14, 39",
        "0x24, 126",
        "0x34, 14",
        "0x44, 43",
        "0x54, 2",
        "0x64, 336",
        "0x74, 5",
        "0xa4, 41",
    })
    void arithmetic_with_the_constant_3(int code, int expected) {
        assertThat(run(0x20, 0, 0, 0, code, 0, 0, 3, 0x16, 0, 0, 0)).isEqualTo(expected);
        assertThat(run(0x20, 0, 0, 0, 0x01, 0, 0, 3, code | 8, 0, 0, 0, 0x16, 0, 0, 0))
                .as("and with X")
                .isEqualTo(expected);
    }

    @Test
    void negation_registers_memory_and_length() {
        assertThat(run(0x20, 0, 0, 0, 0x84, 0, 0, 0, 0x16, 0, 0, 0)).isEqualTo(-42);
        assertThat(run(0x80, 0, 0, 0, 0x16, 0, 0, 0)).isEqualTo(64);
        assertThat(run(0x20, 0, 0, 0, 0x07, 0, 0, 0, 0x00, 0, 0, 9, 0x87, 0, 0, 0, 0x16, 0, 0, 0))
                .isEqualTo(42);
        assertThat(run(0x20, 0, 0, 0, 0x02, 0, 0, 15, 0x00, 0, 0, 9, 0x60, 0, 0, 15, 0x16, 0, 0, 0))
                .isEqualTo(42);
        assertThat(run(0x81, 0, 0, 0, 0x03, 0, 0, 2, 0x61, 0, 0, 2, 0x87, 0, 0, 0, 0x16, 0, 0, 0))
                .isEqualTo(64);
    }

    @Test
    void a_division_by_an_x_of_zero_answers_zero() {
        assertThat(run(0x20, 0, 0, 0, 0x01, 0, 0, 0, 0x3c, 0, 0, 0, 0x06, 0, 0, 5))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "0x15, 42, true",
        "0x15, 41, false",
        "0x25, 41, true",
        "0x25, 42, false",
        "0x35, 42, true",
        "0x35, 43, false",
        "0x45, 8, true",
        "0x45, 16, false",
        "0x25, -1, false",
        "0x35, -1, false"
    })
    void jumps_are_unsigned(int code, int k, boolean taken) {
        assertThat(run(0x20, 0, 0, 0, code, 0, 1, k, 0x06, 0, 0, 1, 0x06, 0, 0, 2))
                .isEqualTo(taken ? 1 : 2);
        assertThat(run(0x20, 0, 0, 0, 0x01, 0, 0, k, code | 8, 0, 1, 0, 0x06, 0, 0, 1, 0x06, 0, 0, 2))
                .isEqualTo(taken ? 1 : 2);
    }

    private static String refusal(int... words) {
        return ProgramCheck.check(program(words)).orElseThrow().reason();
    }

    @Test
    void what_the_kernel_refuses_is_refused_with_its_reason() {
        assertThat(ProgramCheck.check(new Program(List.of())).orElseThrow().reason())
                .contains("1 to 4096");
        assertThat(refusal(0x20, 0, 0, 64, 6, 0, 0, 0)).contains("offset 64");
        assertThat(refusal(0x20, 0, 0, 2, 6, 0, 0, 0)).contains("offset 2");
        assertThat(refusal(0x28, 0, 0, 0, 6, 0, 0, 0)).contains("0x28");
        assertThat(refusal(0x40, 0, 0, 0, 6, 0, 0, 0)).contains("0x40");
        assertThat(refusal(0x94, 0, 0, 2, 6, 0, 0, 0)).contains("0x94");
        assertThat(refusal(0x34, 0, 0, 0, 6, 0, 0, 0)).contains("division by zero");
        assertThat(refusal(0x64, 0, 0, 32, 6, 0, 0, 0)).contains("shift");
        assertThat(refusal(0x05, 0, 0, 1, 6, 0, 0, 0)).contains("leaves");
        assertThat(refusal(0x05, 0, 0, -1, 6, 0, 0, 0)).contains("leaves");
        assertThat(refusal(0x15, 1, 0, 0, 6, 0, 0, 0)).contains("leaves");
        assertThat(refusal(0x15, 0, 7, 0, 6, 0, 0, 0)).contains("leaves");
        assertThat(refusal(0x02, 0, 0, 16, 6, 0, 0, 0)).contains("memory word 16");
        assertThat(refusal(0x60, 0, 0, 3, 6, 0, 0, 0)).contains("read before");
        assertThat(refusal(0x20, 0, 0, 0)).contains("does not return");
        assertThat(refusal(0x0e, 0, 0, 0)).contains("0x0e");
        assertThat(refusal(0xffff, 0, 0, 0, 6, 0, 0, 0)).contains("0xffff");
    }

    @Test
    void memory_must_be_written_on_every_way() {
        assertThat(refusal(0x20, 0, 0, 0, 0x15, 1, 0, 1, 0x02, 0, 0, 3, 0x60, 0, 0, 3, 6, 0, 0, 0))
                .contains("read before");
    }

    @Test
    void bytes_that_are_no_program_are_refused() {
        assertThatThrownBy(() -> Program.of(new byte[0])).hasMessageContaining("whole number");
        assertThatThrownBy(() -> Program.of(new byte[12])).hasMessageContaining("whole number");
        assertThatThrownBy(() -> Program.of(new byte[8 * 4097])).hasMessageContaining("4096");
    }

    @Test
    void random_programs_are_refused_or_end() {
        Random random = new Random(4);
        int accepted = 0;
        int[] codes = {0x20, 0x15, 0x25, 0x35, 0x45, 0x05, 0x06, 0x16, 0x54, 0x04, 0x3c, 0x02, 0x60, 0x07, 0x87, 0x84};
        for (int i = 0; i < 60_000; i++) {
            Instruction[] instructions = new Instruction[1 + random.nextInt(6)];
            for (int j = 0; j < instructions.length; j++) {
                int code = random.nextInt(50) == 0 ? random.nextInt(0x10000) : codes[random.nextInt(codes.length)];
                int k = code == 0x20 ? 4 * random.nextInt(17) : random.nextInt(4);
                instructions[j] = new Instruction(code, random.nextInt(3), random.nextInt(3), k);
            }
            Program program = new Program(List.of(instructions));
            if (ProgramCheck.check(program).isEmpty()) {
                accepted++;
                assertThat(Interpreter.run(program, CALL).executed()).isLessThanOrEqualTo(instructions.length);
                ActionCache.entry(program, Abi.X86_64, 1);
            }
        }
        assertThat(accepted).isGreaterThan(500);
    }
}
