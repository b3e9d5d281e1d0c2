package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;

/**
 * Runs a program as the kernel does. The program must be one that {@link ProgramCheck} accepts.
 *
 * <p>As in the kernel a division by an X of zero answers 0, which is {@code KILL_THREAD}, and a shift by X uses its
 * low five bits.
 */
public final class Interpreter {
    private final Program program;
    private final SeccompData data;
    private final int[] memory = new int[Opcode.MEMORY];
    private int accumulator;
    private int index;
    private int executed;

    private Interpreter(Program program, SeccompData data) {
        this.program = program;
        this.data = data;
    }

    /**
     * The end of a run.
     *
     * @param word what the program returned
     * @param executed how many instructions ran
     */
    public record Result(int word, int executed) {
        /** What the kernel makes of the word. */
        public Action action() {
            return Action.ofWord(word);
        }
    }

    /** Runs a program on one call. */
    public static Result run(Program program, SeccompData data) {
        return new Interpreter(program, data).run();
    }

    private Result run() {
        int pc = 0;
        while (true) {
            Instruction now = program.at(pc);
            executed++;
            int code = now.code();
            pc++;
            switch (Opcode.family(code)) {
                case Opcode.LD -> accumulator = load(now);
                case Opcode.LDX -> index = load(now);
                case Opcode.ST -> memory[now.k()] = accumulator;
                case Opcode.STX -> memory[now.k()] = index;
                case Opcode.ALU -> {
                    if (Opcode.operation(code) == Opcode.DIV && operand(now) == 0) {
                        return new Result(0, executed);
                    }
                    accumulator = compute(Opcode.operation(code), accumulator, operand(now));
                }
                case Opcode.JMP -> pc += distance(now);
                case Opcode.RET -> {
                    return new Result(code == Opcode.RETURN ? now.k() : accumulator, executed);
                }
                default -> {
                    if ((code & Opcode.TXA) != 0) {
                        accumulator = index;
                    } else {
                        index = accumulator;
                    }
                }
            }
        }
    }

    private int load(Instruction instruction) {
        return switch (instruction.code() & 0xe0) {
            case Opcode.ABS -> data.word(instruction.k());
            case Opcode.MEM -> memory[instruction.k()];
            case Opcode.LEN -> SeccompData.SIZE;
            default -> instruction.k();
        };
    }

    private int operand(Instruction instruction) {
        return Opcode.usesX(instruction.code()) ? index : instruction.k();
    }

    static int compute(int operation, int left, int right) {
        return switch (operation) {
            case Opcode.ADD -> left + right;
            case Opcode.SUB -> left - right;
            case Opcode.MUL -> left * right;
            case Opcode.DIV -> Integer.divideUnsigned(left, right);
            case Opcode.OR -> left | right;
            case Opcode.AND -> left & right;
            case Opcode.LSH -> left << right;
            case Opcode.RSH -> left >>> right;
            case Opcode.XOR -> left ^ right;
            default -> -left;
        };
    }

    private int distance(Instruction instruction) {
        int operation = Opcode.operation(instruction.code());
        if (operation == Opcode.JA) {
            return instruction.k();
        }
        return holds(operation, accumulator, operand(instruction)) ? instruction.jt() : instruction.jf();
    }

    static boolean holds(int operation, int left, int right) {
        return switch (operation) {
            case Opcode.JEQ -> left == right;
            case Opcode.JGT -> Integer.compareUnsigned(left, right) > 0;
            case Opcode.JGE -> Integer.compareUnsigned(left, right) >= 0;
            default -> (left & right) != 0;
        };
    }
}
