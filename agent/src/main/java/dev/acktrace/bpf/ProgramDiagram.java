package dev.acktrace.bpf;

import dev.acktrace.policy.SeccompData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks a program without input and puts the function that it computes into a {@link Diagram}. Two passes: one that
 * only notes which sets of words the tests ask for, one that builds.
 */
final class ProgramDiagram {
    private final Diagram diagram;
    private final Program program;
    private final int begin;
    private static final int MAX_POINTS = 100_000;

    private final Map<Integer, Integer> given;
    private final Map<Point, Diagram.Node> done = new HashMap<>();
    private boolean building;

    /** A place in the program with what the registers hold there. */
    private record Point(int pc, Symbol accumulator, Symbol index, List<Symbol> memory) {}

    ProgramDiagram(Diagram diagram, Program program) {
        this(diagram, program, 0, Map.of());
    }

    /** A walk in which some words have given values. */
    ProgramDiagram(Diagram diagram, Program program, Map<Integer, Integer> given) {
        this(diagram, program, 0, given);
    }

    /** A walk of the part that begins at an instruction, with all registers zero there. */
    ProgramDiagram(Diagram diagram, Program program, int begin) {
        this(diagram, program, begin, Map.of());
    }

    private ProgramDiagram(Diagram diagram, Program program, int begin, Map<Integer, Integer> given) {
        this.diagram = diagram;
        this.program = program;
        this.begin = begin;
        this.given = given;
    }

    /** Adds the sets of all tests to the domains. */
    void declare() {
        building = false;
        walk();
    }

    /** The function. */
    Diagram.Node build() {
        building = true;
        return walk();
    }

    /** How many places were visited. */
    int places() {
        return done.size();
    }

    /** Visits every place that can be reached; a place is done when those that it leads to are. */
    private Diagram.Node walk() {
        done.clear();
        Symbol zero = Symbol.constant(0);
        Point start = new Point(begin, zero, zero, List.of());
        Deque<Point> open = new ArrayDeque<>();
        open.push(start);
        while (!open.isEmpty()) {
            Point point = open.peek();
            if (done.containsKey(point)) {
                open.pop();
                continue;
            }
            Walk walk = new Walk(point);
            Diagram.Node node = walk.run();
            if (walk.missing.isEmpty()) {
                done.put(point, node);
                open.pop();
            } else {
                walk.missing.forEach(open::push);
            }
            if (done.size() + open.size() > MAX_POINTS) {
                throw new TooComplex("more than " + MAX_POINTS + " ways through the program");
            }
        }
        return Objects.requireNonNull(done.get(start));
    }

    /** From one place to the next test or the end. */
    private final class Walk {
        private int pc;
        private Symbol accumulator;
        private Symbol index;
        private @Nullable Symbol @Nullable [] memory;
        private final List<Symbol> before;
        final List<Point> missing = new ArrayList<>();

        Walk(Point point) {
            pc = point.pc();
            accumulator = point.accumulator();
            index = point.index();
            before = point.memory();
        }

        Diagram.Node run() {
            while (true) {
                Instruction now = program.at(pc++);
                int code = now.code();
                switch (Opcode.family(code)) {
                    case Opcode.LD -> accumulator = load(now);
                    case Opcode.LDX -> index = load(now);
                    case Opcode.ST -> store(now.k(), accumulator);
                    case Opcode.STX -> store(now.k(), index);
                    case Opcode.ALU -> {
                        if (diesAt(now)) {
                            return answer(0);
                        }
                        accumulator = arithmetic(now);
                    }
                    case Opcode.RET -> {
                        return answer(code == Opcode.RETURN ? now.k() : constant(accumulator));
                    }
                    case Opcode.JMP -> {
                        if (code != Opcode.GOTO) {
                            return test(now);
                        }
                        pc += now.k();
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

        private Diagram.Node at(Point point) {
            Diagram.Node known = done.get(point);
            if (known == null) {
                missing.add(point);
                return diagram.leaf(0);
            }
            return known;
        }

        private Symbol load(Instruction instruction) {
            return switch (instruction.code() & 0xe0) {
                case Opcode.ABS -> word(Word.ofOffset(instruction.k()));
                case Opcode.MEM -> recall(instruction.k());
                case Opcode.LEN -> Symbol.constant(SeccompData.SIZE);
                default -> Symbol.constant(instruction.k());
            };
        }

        private Symbol word(int word) {
            Integer value = given.get(word);
            return value == null ? Symbol.of(word) : Symbol.constant(value);
        }

        private Symbol recall(int word) {
            if (memory != null) {
                Symbol stored = memory[word];
                return stored == null ? Symbol.constant(0) : stored;
            }
            return word < before.size() ? before.get(word) : Symbol.constant(0);
        }

        private void store(int word, Symbol value) {
            if (memory == null) {
                memory = new Symbol[Opcode.MEMORY];
                for (int i = 0; i < before.size(); i++) {
                    memory[i] = before.get(i);
                }
            }
            memory[word] = value;
        }

        private Symbol operand(Instruction instruction) {
            return Opcode.usesX(instruction.code()) ? index : Symbol.constant(instruction.k());
        }

        private boolean diesAt(Instruction instruction) {
            return Opcode.operation(instruction.code()) == Opcode.DIV && constant(operand(instruction)) == 0;
        }

        private Symbol arithmetic(Instruction instruction) {
            int operation = Opcode.operation(instruction.code());
            Symbol right = operation == Opcode.NEG ? Symbol.constant(0) : operand(instruction);
            Symbol left = accumulator;
            if (!right.known() && left.known() && commutes(operation)) {
                Symbol swapped = left;
                left = right;
                right = swapped;
            }
            return left.compute(operation, constant(right)).orElseThrow(this::beyond);
        }

        private boolean commutes(int operation) {
            return operation == Opcode.AND
                    || operation == Opcode.OR
                    || operation == Opcode.ADD
                    || operation == Opcode.XOR;
        }

        private int constant(Symbol symbol) {
            if (!symbol.known()) {
                throw beyond();
            }
            return symbol.constant();
        }

        private TooComplex beyond() {
            return new TooComplex("instruction " + (pc - 1)
                    + " computes with two words of the call, or in a way that has no simple inverse");
        }

        private Diagram.Node answer(int word) {
            return diagram.leaf(word);
        }

        private Point next(int distance) {
            List<Symbol> kept = before;
            if (memory != null) {
                List<Symbol> now = new ArrayList<>();
                for (Symbol symbol : Arrays.asList(memory)) {
                    now.add(symbol == null ? Symbol.constant(0) : symbol);
                }
                kept = now;
            }
            return new Point(pc + distance, accumulator, index, kept);
        }

        private Diagram.Node test(Instruction instruction) {
            int operation = Opcode.operation(instruction.code());
            Symbol left = accumulator;
            Symbol right = operand(instruction);
            if (left.known() && right.known()) {
                boolean holds = Interpreter.holds(operation, left.constant(), right.constant());
                return at(next(holds ? instruction.jt() : instruction.jf()));
            }
            boolean swapped = left.known() && (operation == Opcode.JEQ || operation == Opcode.JSET);
            return split(instruction, operation, swapped ? right : left, constant(swapped ? left : right));
        }

        private Diagram.Node split(Instruction instruction, int operation, Symbol symbol, int k) {
            boolean negated = operation == Opcode.JSET;
            Optional<WordSet> set = switch (operation) {
                case Opcode.JEQ -> symbol.equalTo(k);
                case Opcode.JSET -> Optional.of(symbol.without(k));
                default -> ordered(operation, symbol, k);
            };
            int inside = negated ? instruction.jf() : instruction.jt();
            int outside = negated ? instruction.jt() : instruction.jf();
            if (set.isEmpty() || inside == outside) {
                return at(next(outside));
            }
            if (set.get().all()) {
                return at(next(inside));
            }
            if (!building) {
                diagram.domain(symbol.word()).add(set.get());
            }
            Diagram.Node yes = at(next(inside));
            Diagram.Node no = at(next(outside));
            return building && missing.isEmpty() ? diagram.choose(symbol.word(), set.get(), yes, no) : yes;
        }

        private Optional<WordSet> ordered(int operation, Symbol symbol, int k) {
            if (!symbol.whole()) {
                throw beyond();
            }
            if (operation == Opcode.JGT && k == -1) {
                return Optional.empty();
            }
            return Optional.of(WordSet.range(operation == Opcode.JGT ? k + 1 : k, -1));
        }
    }
}
