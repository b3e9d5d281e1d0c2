package dev.acktrace.bpf;

import dev.acktrace.policy.SeccompData;
import java.util.Arrays;
import java.util.Optional;

/**
 * Whether {@code seccomp(2)} accepts a program: {@code bpf_check_classic} of {@code net/core/filter.c} and {@code
 * seccomp_check_filter} of {@code kernel/seccomp.c}, Linux 6.18. What the kernel answers with is always EINVAL; the
 * reason here says which of its checks it is.
 */
public final class ProgramCheck {
    private ProgramCheck() {}

    /**
     * A refusal.
     *
     * @param instruction index of the offending instruction; -1 for the program as a whole
     * @param reason why the kernel refuses
     */
    public record Rejection(int instruction, String reason) {
        @Override
        public String toString() {
            return instruction < 0 ? reason : "instruction " + instruction + ": " + reason;
        }
    }

    /** Empty if the kernel accepts the program. */
    public static Optional<Rejection> check(Program program) {
        int size = program.size();
        if (size == 0 || size > Program.MAX_INSTRUCTIONS) {
            return reject(-1, "a filter has 1 to " + Program.MAX_INSTRUCTIONS + " instructions, and this has " + size);
        }
        for (int pc = 0; pc < size; pc++) {
            Optional<Rejection> rejection = check(program.at(pc), pc, size);
            if (rejection.isPresent()) {
                return rejection;
            }
        }
        if (Opcode.family(program.at(size - 1).code()) != Opcode.RET) {
            return reject(size - 1, "the last instruction does not return");
        }
        return memory(program);
    }

    private static Optional<Rejection> reject(int pc, String reason) {
        return Optional.of(new Rejection(pc, reason));
    }

    private static Optional<Rejection> check(Instruction instruction, int pc, int size) {
        int code = instruction.code();
        return switch (Opcode.family(code)) {
            case Opcode.LD -> load(instruction, pc);
            case Opcode.LDX -> loadX(instruction, pc);
            case Opcode.ST, Opcode.STX ->
                code != Opcode.family(code) ? unknown(code, pc) : memoryIndex(instruction, pc);
            case Opcode.ALU -> arithmetic(instruction, pc);
            case Opcode.JMP -> jump(instruction, pc, size);
            case Opcode.RET ->
                code == Opcode.RETURN || code == (Opcode.RET | Opcode.A) ? Optional.empty() : unknown(code, pc);
            default ->
                code == (Opcode.MISC | Opcode.TAX) || code == (Opcode.MISC | Opcode.TXA)
                        ? Optional.empty()
                        : unknown(code, pc);
        };
    }

    private static Optional<Rejection> unknown(int code, int pc) {
        return reject(pc, "seccomp does not take code 0x%02x".formatted(code));
    }

    private static Optional<Rejection> load(Instruction instruction, int pc) {
        int code = instruction.code();
        if (code == Opcode.LOAD) {
            int offset = instruction.k();
            return offset < 0 || offset >= SeccompData.SIZE || offset % 4 != 0
                    ? reject(
                            pc, "offset " + Integer.toUnsignedString(offset) + " is not that of a word of seccomp_data")
                    : Optional.empty();
        }
        if (code == (Opcode.LD | Opcode.MEM)) {
            return memoryIndex(instruction, pc);
        }
        return code == (Opcode.LD | Opcode.LEN) || code == (Opcode.LD | Opcode.IMM)
                ? Optional.empty()
                : unknown(code, pc);
    }

    private static Optional<Rejection> loadX(Instruction instruction, int pc) {
        int code = instruction.code();
        if (code == (Opcode.LDX | Opcode.MEM)) {
            return memoryIndex(instruction, pc);
        }
        return code == (Opcode.LDX | Opcode.LEN) || code == (Opcode.LDX | Opcode.IMM)
                ? Optional.empty()
                : unknown(code, pc);
    }

    private static Optional<Rejection> memoryIndex(Instruction instruction, int pc) {
        return Integer.compareUnsigned(instruction.k(), Opcode.MEMORY) >= 0
                ? reject(pc, "there is no memory word " + Integer.toUnsignedString(instruction.k()))
                : Optional.empty();
    }

    private static Optional<Rejection> arithmetic(Instruction instruction, int pc) {
        int code = instruction.code();
        int operation = Opcode.operation(code);
        boolean known = code == (Opcode.ALU | Opcode.NEG)
                || ((code & ~0xFF) == 0 && (operation <= Opcode.RSH || operation == Opcode.XOR));
        if (!known) {
            return unknown(code, pc);
        }
        if (Opcode.usesX(code) || operation == Opcode.NEG) {
            return Optional.empty();
        }
        if (operation == Opcode.DIV && instruction.k() == 0) {
            return reject(pc, "division by zero");
        }
        boolean shift = operation == Opcode.LSH || operation == Opcode.RSH;
        return shift && Integer.compareUnsigned(instruction.k(), 32) >= 0
                ? reject(pc, "a shift by " + Integer.toUnsignedString(instruction.k()) + " bits")
                : Optional.empty();
    }

    private static Optional<Rejection> jump(Instruction instruction, int pc, int size) {
        int code = instruction.code();
        int operation = Opcode.operation(code);
        if (code == Opcode.GOTO) {
            return Integer.compareUnsigned(instruction.k(), size - pc - 1) >= 0
                    ? reject(pc, "the jump leaves the program")
                    : Optional.empty();
        }
        if ((code & ~0xFF) != 0 || operation > Opcode.JSET || operation == Opcode.JA) {
            return unknown(code, pc);
        }
        boolean inside = pc + instruction.jt() + 1 < size && pc + instruction.jf() + 1 < size;
        return inside ? Optional.empty() : reject(pc, "the jump leaves the program");
    }

    /** {@code check_load_and_stores}: a word of memory is read only where it was written on every way. */
    private static Optional<Rejection> memory(Program program) {
        int size = program.size();
        int[] masks = new int[size];
        Arrays.fill(masks, -1);
        int valid = 0;
        for (int pc = 0; pc < size; pc++) {
            valid &= masks[pc];
            Instruction instruction = program.at(pc);
            int code = instruction.code();
            if (code == Opcode.ST || code == Opcode.STX) {
                valid |= 1 << instruction.k();
            } else if (code == (Opcode.LD | Opcode.MEM) || code == (Opcode.LDX | Opcode.MEM)) {
                if ((valid & (1 << instruction.k())) == 0) {
                    return reject(pc, "memory word " + instruction.k() + " is read before it is written");
                }
            } else if (code == Opcode.GOTO) {
                masks[pc + 1 + instruction.k()] &= valid;
                valid = -1;
            } else if (instruction.conditional()) {
                masks[pc + 1 + instruction.jt()] &= valid;
                masks[pc + 1 + instruction.jf()] &= valid;
                valid = -1;
            }
        }
        return Optional.empty();
    }
}
