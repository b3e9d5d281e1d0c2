package dev.acktrace.bpf;

/**
 * One {@code struct sock_filter} of {@code linux/filter.h}.
 *
 * @param code what to do, 16 bits
 * @param jt how many instructions to skip if a test holds, 0 to 255
 * @param jf how many instructions to skip if it does not, 0 to 255
 * @param k constant, offset or distance, 32 bits unsigned
 */
public record Instruction(int code, int jt, int jf, int k) {
    public Instruction {
        if ((code & ~0xFFFF) != 0 || (jt & ~0xFF) != 0 || (jf & ~0xFF) != 0) {
            throw new IllegalArgumentException("code " + code + ", jt " + jt + " or jf " + jf + " is out of range");
        }
    }

    static Instruction load(int offset) {
        return new Instruction(Opcode.LOAD, 0, 0, offset);
    }

    static Instruction answer(int word) {
        return new Instruction(Opcode.RETURN, 0, 0, word);
    }

    static Instruction skip(int distance) {
        return new Instruction(Opcode.GOTO, 0, 0, distance);
    }

    static Instruction and(int mask) {
        return new Instruction(Opcode.AND_K, 0, 0, mask);
    }

    static Instruction jump(int operation, int k, int jt, int jf) {
        return new Instruction(Opcode.JMP | operation | Opcode.K, jt, jf, k);
    }

    boolean conditional() {
        return Opcode.family(code) == Opcode.JMP && Opcode.operation(code) != Opcode.JA;
    }

    @Override
    public String toString() {
        return "{0x%02x, %d, %d, 0x%08x}".formatted(code, jt, jf, k);
    }
}
