package dev.acktrace.bpf;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Words of instructions. */
final class AssemblyNames {
    private static final Map<Integer, String> BY_CODE = new HashMap<>();
    private static final Map<String, Integer> BY_NAME = new HashMap<>();
    private static final Map<Integer, String> WORDS = Map.of(
            Opcode.LD | Opcode.LEN, "ld len",
            Opcode.LDX | Opcode.LEN, "ldx len",
            Opcode.RET | Opcode.A, "ret a",
            Opcode.MISC | Opcode.TAX, "tax",
            Opcode.MISC | Opcode.TXA, "txa",
            Opcode.ALU | Opcode.NEG, "neg");

    static {
        put(Opcode.JMP | Opcode.JEQ, "jeq");
        put(Opcode.JMP | Opcode.JGT, "jgt");
        put(Opcode.JMP | Opcode.JGE, "jge");
        put(Opcode.JMP | Opcode.JSET, "jset");
        put(Opcode.ALU | Opcode.ADD, "add");
        put(Opcode.ALU | Opcode.SUB, "sub");
        put(Opcode.ALU | Opcode.MUL, "mul");
        put(Opcode.ALU | Opcode.DIV, "div");
        put(Opcode.ALU | Opcode.OR, "or");
        put(Opcode.ALU | Opcode.AND, "and");
        put(Opcode.ALU | Opcode.LSH, "lsh");
        put(Opcode.ALU | Opcode.RSH, "rsh");
        put(Opcode.ALU | Opcode.MOD, "mod");
        put(Opcode.ALU | Opcode.XOR, "xor");
    }

    private AssemblyNames() {}

    private static void put(int code, String name) {
        BY_CODE.put(code, name);
        BY_NAME.put(name, code);
    }

    /** The word of a code that takes a value or, with another bit, the index register. */
    static Optional<String> of(int code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }

    /** The whole text of a code that takes no value. */
    static Optional<String> word(int code) {
        return Optional.ofNullable(WORDS.get(code));
    }

    static Optional<Integer> code(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }
}
