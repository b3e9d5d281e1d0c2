package dev.acktrace.bpf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts steps in order. It works from the last instruction to the first, so that every distance is known when a jump
 * is written: a way on that is farther than 255 instructions gets a copy of its answer, or a jump of its own, close
 * by. A word is loaded where the accumulator does not hold it already.
 */
final class Assembler {
    private static final int REACH = 255;
    private static final int NOTHING = -1;

    private final List<Instruction> reversed = new ArrayList<>();
    private final Map<Integer, Integer> answers = new HashMap<>();

    // By the numbers of steps; the first step has the greatest of all that are behind it.
    private final int[] bodies;
    private final int[] loads;
    private final boolean[] loaded;
    private final int[] sizes;

    private Assembler(Step start) {
        int count = start.id + 1;
        bodies = new int[count];
        loads = new int[count];
        loaded = new boolean[count];
        sizes = new int[count];
        Arrays.fill(bodies, NOTHING);
        Arrays.fill(loads, NOTHING);
    }

    /** The program whose first step is given. */
    static Program assemble(Step start) {
        Assembler assembler = new Assembler(start);
        List<Step> order = assembler.discover(start);
        if (order.size() > Program.MAX_INSTRUCTIONS) {
            throw new CompileException(order.size());
        }
        assembler.write(start);
        List<Instruction> instructions = assembler.reversed;
        if (instructions.size() > Program.MAX_INSTRUCTIONS) {
            throw new CompileException(instructions.size());
        }
        Collections.reverse(instructions);
        return new Program(instructions);
    }

    /** What the accumulator holds behind a step's test. */
    private static int holds(Step step) {
        return step.test == Step.Test.MASKED ? NOTHING : step.offset;
    }

    /** All tests, those behind a test before it; notes which need a load, and how much stands behind each. */
    private List<Step> discover(Step start) {
        List<Step> order = new ArrayList<>();
        boolean[] entered = new boolean[sizes.length];
        Deque<Step> open = new ArrayDeque<>();
        open.push(start);
        if (!start.answers()) {
            loaded[start.id] = true;
        }
        while (!open.isEmpty()) {
            Step step = open.peek();
            if (step.answers() || sizes[step.id] > 0) {
                open.pop();
            } else if (!entered[step.id]) {
                entered[step.id] = true;
                for (Step next : List.of(step.onYes(), step.onNo())) {
                    if (!next.answers() && holds(step) != next.offset) {
                        loaded[next.id] = true;
                    }
                    open.push(next);
                }
            } else {
                open.pop();
                order.add(step);
                int behind = 1 + sizes[step.onYes().id] + sizes[step.onNo().id];
                sizes[step.id] = Math.min(100_000, behind);
            }
        }
        return order;
    }

    /** Writes everything behind a step, the larger side of each test first, then the step. */
    private void write(Step start) {
        Deque<Step> open = new ArrayDeque<>();
        open.push(start);
        while (!open.isEmpty()) {
            Step step = open.peek();
            if (written(step)) {
                open.pop();
            } else if (step.answers()) {
                answer(step.k);
            } else {
                boolean yesFirst = size(step.onYes()) > size(step.onNo());
                Step first = yesFirst ? step.onYes() : step.onNo();
                Step second = yesFirst ? step.onNo() : step.onYes();
                if (!written(first)) {
                    open.push(first);
                } else if (!written(second)) {
                    open.push(second);
                } else {
                    body(step);
                }
            }
        }
    }

    private boolean written(Step step) {
        return step.answers() ? answers.containsKey(step.k) : bodies[step.id] != NOTHING;
    }

    private int size(Step step) {
        return written(step) ? 0 : sizes[step.id];
    }

    private int at(Step step, int accumulator) {
        int[] tests = accumulator == step.offset ? bodies : loads;
        int at = step.answers() ? answers.getOrDefault(step.k, NOTHING) : tests[step.id];
        if (at == NOTHING) {
            throw new IllegalStateException("a way on is not written yet");
        }
        return at;
    }

    private int add(Instruction instruction) {
        reversed.add(instruction);
        return reversed.size() - 1;
    }

    private int answer(int word) {
        int at = add(Instruction.answer(word));
        answers.put(word, at);
        return at;
    }

    private void body(Step step) {
        int accumulator = holds(step);
        Step yes = step.onYes();
        Step no = step.onNo();
        while (!reachable(yes, accumulator) || !reachable(no, accumulator)) {
            bringNear(reachable(yes, accumulator) ? no : yes, accumulator);
        }
        int here = reversed.size();
        int jt = here - at(yes, accumulator) - 1;
        int jf = here - at(no, accumulator) - 1;
        switch (step.test) {
            case EQUAL -> add(Instruction.jump(Opcode.JEQ, step.k, jt, jf));
            case AT_LEAST -> add(Instruction.jump(Opcode.JGE, step.k, jt, jf));
            case ANY_BIT -> add(Instruction.jump(Opcode.JSET, step.k, jt, jf));
            default -> {
                add(Instruction.jump(Opcode.JEQ, step.value, jt, jf));
                add(Instruction.and(step.k));
            }
        }
        bodies[step.id] = reversed.size() - 1;
        if (loaded[step.id]) {
            loads[step.id] = add(Instruction.load(step.offset));
        }
    }

    private boolean reachable(Step step, int accumulator) {
        return reversed.size() - at(step, accumulator) - 1 <= REACH;
    }

    private void bringNear(Step step, int accumulator) {
        if (step.answers()) {
            answer(step.k);
            return;
        }
        int target = at(step, accumulator);
        int jump = add(Instruction.skip(reversed.size() - target - 1));
        if (accumulator == step.offset) {
            bodies[step.id] = jump;
        } else {
            loads[step.id] = jump;
        }
    }
}
