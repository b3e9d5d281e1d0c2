package dev.acktrace.bpf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The first part of a program, which goes by architecture and number: walked for one architecture with the number as
 * an interval, which each test cuts in two.
 */
final class Dispatch {
    private static final int MOST_STEPS = 200_000;
    private static final long END = 1L << 32;

    private final Program program;
    private final int arch;
    private final List<Way> ways = new ArrayList<>();
    private final Deque<State> open = new ArrayDeque<>();
    private int steps;

    /**
     * Where numbers lead.
     *
     * @param from the first number, unsigned; up to the next way's
     * @param pc the first instruction that looks at something else, or answers; registers do not matter there
     */
    record Way(long from, int pc) {}

    /** What the accumulator holds. */
    private enum Held {
        ZERO,
        ARCH,
        NUMBER
    }

    private record State(int pc, Held held, long from, long end) {}

    private Dispatch(Program program, int arch) {
        this.program = program;
        this.arch = arch;
    }

    /** The ways of all numbers in order; empty if the program goes by them in another manner than comparing. */
    static Optional<List<Way>> of(Program program, int arch) {
        Dispatch dispatch = new Dispatch(program, arch);
        dispatch.open.push(new State(0, Held.ZERO, 0, END));
        while (!dispatch.open.isEmpty()) {
            if (!dispatch.walk(dispatch.open.pop())) {
                return Optional.empty();
            }
        }
        return Optional.of(dispatch.ways);
    }

    private void end(long from, int pc) {
        int last = ways.size() - 1;
        if (last < 0 || ways.get(last).pc() != pc) {
            ways.add(new Way(from, pc));
        }
    }

    private void push(int pc, long from, long end) {
        if (from < end) {
            open.push(new State(pc, Held.NUMBER, from, end));
        }
    }

    /** Follows a state up to its end, or until a test cuts its interval. Says whether that is possible. */
    private boolean walk(State state) {
        int pc = state.pc();
        Held held = state.held();
        while (++steps < MOST_STEPS) {
            Instruction now = program.at(pc);
            int code = now.code();
            if (code == Opcode.RETURN) {
                end(state.from(), pc);
                return true;
            } else if (code == Opcode.LOAD) {
                int word = Word.ofOffset(now.k());
                if (word > Word.NUMBER) {
                    end(state.from(), pc);
                    return true;
                }
                held = word == Word.ARCH ? Held.ARCH : Held.NUMBER;
                pc++;
            } else if (code == Opcode.GOTO) {
                pc += now.k() + 1;
            } else if (!now.conditional() || Opcode.usesX(code)) {
                end(state.from(), pc);
                return held == Held.ZERO;
            } else if (held == Held.NUMBER) {
                return cut(state, pc, now);
            } else {
                int operation = Opcode.operation(code);
                if (held == Held.ARCH && operation != Opcode.JEQ) {
                    return false;
                }
                boolean holds = Interpreter.holds(operation, held == Held.ARCH ? arch : 0, now.k());
                pc += 1 + (holds ? now.jt() : now.jf());
            }
        }
        return false;
    }

    /** The least interval is pushed last, so that it is walked first. */
    private boolean cut(State state, int pc, Instruction test) {
        long from = state.from();
        long end = state.end();
        int yes = pc + 1 + test.jt();
        int no = pc + 1 + test.jf();
        long k = Integer.toUnsignedLong(test.k());
        switch (Opcode.operation(test.code())) {
            case Opcode.JEQ -> {
                push(no, Math.max(from, k + 1), end);
                if (from <= k && k < end) {
                    push(yes, k, k + 1);
                }
                push(no, from, Math.min(end, k));
            }
            case Opcode.JGE -> {
                push(yes, Math.max(from, k), end);
                push(no, from, Math.min(end, k));
            }
            case Opcode.JGT -> {
                push(yes, Math.max(from, k + 1), end);
                push(no, from, Math.min(end, k + 1));
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
