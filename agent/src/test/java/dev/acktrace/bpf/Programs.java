package dev.acktrace.bpf;

import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random programs of all opcodes: most of them such as the kernel takes, some not. */
final class Programs {
    private static final int[] OPERATIONS = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0xa0};
    private static final int[] ANSWERS = {
        0x7fff0000,
        0x7fff0001,
        0x7ffc0000,
        0x7ff00007,
        0x00050000,
        0x00050026,
        0x0005ffff,
        0x00030004,
        0,
        0x80000000,
        0x7fc00000,
        0x12345678,
        0x00060000
    };

    /** The instruction pointer's words differ from call to call in the kernel. */
    private static final int[] OFFSETS = {0, 4, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60};

    private final Random random;
    private final boolean sloppy;

    /**
     * A generator.
     *
     * @param sloppy whether to make mistakes that the kernel refuses
     */
    Programs(long seed, boolean sloppy) {
        random = new Random(seed);
        this.sloppy = sloppy;
    }

    Program next() {
        int size = 2 + random.nextInt(24);
        List<Instruction> instructions = new ArrayList<>();
        for (int word = 0; word < 3; word++) {
            instructions.add(new Instruction(Opcode.ST, 0, 0, word));
        }
        for (int left = size; left > 1; left--) {
            instructions.add(sloppy && random.nextInt(40) == 0 ? garbage() : instruction(left - 1));
        }
        instructions.add(answer());
        return new Program(instructions);
    }

    private Instruction garbage() {
        int code = random.nextInt(3) == 0 ? random.nextInt(0x10000) : random.nextInt(0x100);
        return new Instruction(code, random.nextInt(4), random.nextInt(4), constant());
    }

    private Instruction answer() {
        return random.nextInt(4) == 0
                ? new Instruction(Opcode.RET | Opcode.A, 0, 0, 0)
                : Instruction.answer(ANSWERS[random.nextInt(ANSWERS.length)]);
    }

    /** One instruction with some behind it. */
    private Instruction instruction(int behind) {
        return switch (random.nextInt(10)) {
            case 0, 1 -> Instruction.load(OFFSETS[random.nextInt(OFFSETS.length)]);
            case 2 -> plain(Opcode.LD | pick(Opcode.IMM, Opcode.LEN), constant());
            case 3 -> plain(pick(Opcode.LD, Opcode.LDX) | Opcode.MEM, random.nextInt(3));
            case 4 -> plain(Opcode.LDX | pick(Opcode.IMM, Opcode.LEN), constant());
            case 5 -> plain(pick(Opcode.ST, Opcode.STX), random.nextInt(sloppy ? 17 : 16));
            case 6, 7 -> arithmetic();
            case 8 -> plain(Opcode.MISC | pick(Opcode.TAX, Opcode.TXA), 0);
            default -> jump(behind);
        };
    }

    private Instruction arithmetic() {
        int operation = OPERATIONS[random.nextInt(OPERATIONS.length)];
        int source = operation == Opcode.NEG ? Opcode.K : pick(Opcode.K, Opcode.X);
        boolean shift = operation == Opcode.LSH || operation == Opcode.RSH;
        int k = shift && !sloppy ? random.nextInt(32) : shift ? random.nextInt(36) : constant();
        return plain(Opcode.ALU | operation | source, operation == Opcode.DIV && k == 0 && !sloppy ? 3 : k);
    }

    private Instruction jump(int behind) {
        int reach = behind + (sloppy && random.nextInt(8) == 0 ? 3 : 0);
        if (random.nextInt(5) == 0) {
            return Instruction.skip(random.nextInt(reach));
        }
        int operation = 0x10 * (1 + random.nextInt(4));
        return new Instruction(
                Opcode.JMP | operation | pick(Opcode.K, Opcode.X),
                random.nextInt(reach),
                random.nextInt(reach),
                constant());
    }

    private static Instruction plain(int code, int k) {
        return new Instruction(code, 0, 0, k);
    }

    private int pick(int one, int other) {
        return random.nextBoolean() ? one : other;
    }

    private int constant() {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt(4);
            case 1 -> random.nextInt(64);
            case 2 -> 1 << random.nextInt(32);
            case 3 -> Abi.X86_64.auditArch();
            default -> random.nextInt();
        };
    }

    /** A call of x86-64 whose words are such as programs compare with. */
    SeccompData call() {
        long[] arguments = new long[6];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = (long) constant() << 32 | Integer.toUnsignedLong(constant());
        }
        return SeccompData.of(Abi.X86_64, random.nextInt(300), arguments);
    }
}
