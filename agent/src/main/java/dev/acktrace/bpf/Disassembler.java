package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes programs as text, an instruction a line, in the words of {@code bpf_asm} (Linux, {@code tools/bpf}). Every
 * line has its index as a label, and jumps name the label that they lead to. {@link AssemblyParser} reads it back.
 */
public final class Disassembler {
    /** What is known before an instruction: the word in the accumulator, and the architecture if it was asked for. */
    private record State(int offset, int arch) {
        static final int UNKNOWN = -1;

        State merge(State other) {
            return new State(offset == other.offset ? offset : UNKNOWN, arch == other.arch ? arch : UNKNOWN);
        }
    }

    private final Program program;
    private final List<Optional<State>> states = new ArrayList<>();

    private Disassembler(Program program) {
        this.program = program;
        for (int pc = 0; pc <= program.size(); pc++) {
            states.add(Optional.empty());
        }
        flow(0, new State(State.UNKNOWN, State.UNKNOWN));
        for (int pc = 0; pc < program.size(); pc++) {
            int here = pc;
            states.get(pc).ifPresent(state -> follow(here, state));
        }
    }

    /** The lines of a program. Any program will do, also one that the kernel refuses. */
    public static List<String> lines(Program program) {
        Disassembler disassembler = new Disassembler(program);
        List<String> lines = new ArrayList<>();
        for (int pc = 0; pc < program.size(); pc++) {
            String text = String.format(Locale.ROOT, "%4d: %s", pc, text(program.at(pc), pc));
            String comment = disassembler.comment(pc);
            lines.add(comment.isEmpty() ? text : String.format(Locale.ROOT, "%-40s ; %s", text, comment));
        }
        return lines;
    }

    private void flow(long pc, State state) {
        if (pc < states.size()) {
            Optional<State> known = states.get((int) pc);
            states.set((int) pc, Optional.of(known.map(state::merge).orElse(state)));
        }
    }

    private void follow(int pc, State state) {
        Instruction instruction = program.at(pc);
        int code = instruction.code();
        switch (Opcode.family(code)) {
            case Opcode.LD ->
                flow(pc + 1L, new State(code == Opcode.LOAD ? instruction.k() : State.UNKNOWN, state.arch()));
            case Opcode.ALU, Opcode.MISC -> flow(pc + 1L, new State(State.UNKNOWN, state.arch()));
            case Opcode.RET -> {}
            case Opcode.JMP -> {
                if (code == Opcode.GOTO) {
                    flow(target(pc, instruction.k()), state);
                } else {
                    boolean asks = code == (Opcode.JMP | Opcode.JEQ) && state.offset() == 4;
                    flow(pc + 1L + instruction.jt(), asks ? new State(state.offset(), instruction.k()) : state);
                    flow(pc + 1L + instruction.jf(), state);
                }
            }
            default -> flow(pc + 1L, state);
        }
    }

    private static long target(int pc, int offset) {
        return pc + 1L + Integer.toUnsignedLong(offset);
    }

    private static String text(Instruction instruction, int pc) {
        if (!plain(instruction)) {
            return raw(instruction);
        }
        String value = "#0x" + Integer.toHexString(instruction.k());
        String memory = "M[" + Integer.toUnsignedString(instruction.k()) + "]";
        return switch (instruction.code()) {
            case Opcode.LOAD -> "ld [" + Integer.toUnsignedString(instruction.k()) + "]";
            case Opcode.LD | Opcode.IMM -> "ld " + value;
            case Opcode.LD | Opcode.MEM -> "ld " + memory;
            case Opcode.LDX | Opcode.IMM -> "ldx " + value;
            case Opcode.LDX | Opcode.MEM -> "ldx " + memory;
            case Opcode.ST -> "st " + memory;
            case Opcode.STX -> "stx " + memory;
            case Opcode.RETURN -> "ret " + value;
            case Opcode.GOTO -> "ja " + target(pc, instruction.k());
            default -> {
                Optional<String> word = AssemblyNames.word(instruction.code());
                yield word.isPresent() ? word.get() : named(instruction, pc, value);
            }
        };
    }

    private static String named(Instruction instruction, int pc, String value) {
        int code = instruction.code();
        Optional<String> name = AssemblyNames.of(code & ~Opcode.X);
        if (name.isEmpty()) {
            return raw(instruction);
        }
        String operand = name.get() + " " + ((code & Opcode.X) != 0 ? "x" : value);
        return Opcode.family(code) == Opcode.JMP
                ? operand + ", " + (pc + 1 + instruction.jt()) + ", " + (pc + 1 + instruction.jf())
                : operand;
    }

    private static String raw(Instruction instruction) {
        return String.format(
                Locale.ROOT,
                "raw 0x%x %d %d 0x%x",
                instruction.code(),
                instruction.jt(),
                instruction.jf(),
                instruction.k());
    }

    /** Whether the words say all of it: offsets only in a jump, and a value only where one is written. */
    private static boolean plain(Instruction instruction) {
        int code = instruction.code();
        boolean jump = Opcode.family(code) == Opcode.JMP && code != Opcode.GOTO;
        boolean noValue = AssemblyNames.word(code).isPresent()
                || (AssemblyNames.of(code & ~Opcode.X).isPresent() && (code & Opcode.X) != 0);
        return (jump || (instruction.jt() == 0 && instruction.jf() == 0)) && (!noValue || instruction.k() == 0);
    }

    private String comment(int pc) {
        Instruction instruction = program.at(pc);
        if (states.get(pc).isEmpty()) {
            return "never reached";
        }
        State state = states.get(pc).get();
        int code = instruction.code();
        if (code == Opcode.LOAD) {
            return field(instruction.k(), state.arch());
        }
        if (code == Opcode.RETURN) {
            return Action.ofWord(instruction.k()).toString();
        }
        boolean compares = Opcode.family(code) == Opcode.JMP && code != Opcode.GOTO && (code & Opcode.X) == 0;
        if (compares && state.offset() == 4) {
            return Abi.of(instruction.k(), 0).map(Abi::label).orElse("");
        }
        if (compares && state.offset() == 0) {
            return Abi.of(state.arch(), instruction.k())
                    .flatMap(abi -> SyscallTable.of(abi).name(instruction.k() & ~abi.numberBit()))
                    .orElse("");
        }
        return "";
    }

    private static String field(int offset, int arch) {
        if (offset < 0 || offset >= SeccompData.SIZE || offset % 4 != 0) {
            return "";
        }
        return switch (offset) {
            case 0 -> "number";
            case 4 -> "architecture";
            case 8, 12 -> "instruction pointer";
            default -> {
                boolean little = arch == State.UNKNOWN || SeccompData.littleEndian(arch);
                boolean low = (offset % 8 == 0) == little;
                yield "argument " + (offset - 16) / 8 + (low ? ", low half" : ", high half");
            }
        };
    }
}
