package dev.acktrace.bpf;

/**
 * How long a program is after the kernel's translation to its own instructions: {@code bpf_convert_filter} of {@code
 * net/core/filter.c}, Linux 6.18, for programs that {@link ProgramCheck} accepts. Constant blinding ({@code
 * net.core.bpf_jit_harden}) makes programs longer still; it is off unless an administrator turned it on.
 */
final class Translation {
    /** Two registers are cleared and the context is kept. */
    private static final int PROLOGUE = 3;

    private Translation() {}

    /** {@code prog->len} of the translated program. */
    static int length(Program program) {
        int length = PROLOGUE;
        for (Instruction instruction : program.instructions()) {
            length += length(instruction);
        }
        return length;
    }

    private static int length(Instruction instruction) {
        int code = instruction.code();
        return switch (Opcode.family(code)) {
            case Opcode.RET -> code == Opcode.RETURN ? 2 : 1;
            case Opcode.JMP -> code == Opcode.GOTO ? 1 : jump(instruction);
            // A divisor is looked at before: a filter that divides by zero returns 0.
            case Opcode.ALU -> Opcode.operation(code) == Opcode.DIV && Opcode.usesX(code) ? 5 : 1;
            default -> 1;
        };
    }

    /** One jump if one of its ways is the next instruction, and there is an opposite test if that is the way of yes. */
    private static int jump(Instruction instruction) {
        int code = instruction.code();
        boolean one = instruction.jf() == 0 || (instruction.jt() == 0 && Opcode.operation(code) != Opcode.JSET);
        // Constants are signed there, so one with the highest bit goes through a register.
        boolean register = !Opcode.usesX(code) && instruction.k() < 0;
        return (one ? 1 : 2) + (register ? 1 : 0);
    }
}
