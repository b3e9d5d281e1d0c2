package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    private final Map<Step, Integer> bodies = new HashMap<>();
    private final Map<Step, Integer> loads = new HashMap<>();
    private final Set<Step> loaded = new HashSet<>();
    private final Map<Step, Integer> sizes = new HashMap<>();

    private Assembler() {}

    /** The program whose first step is given. */
    static Program assemble(Step start) {
        Assembler assembler = new Assembler();
        assembler.markLoads(start, NOTHING);
        assembler.entry(start, NOTHING);
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

    private final Set<Step> visited = new HashSet<>();

    private void markLoads(Step step, int accumulator) {
        if (step.answers()) {
            return;
        }
        if (accumulator != step.offset) {
            loaded.add(step);
        }
        if (visited.add(step)) {
            markLoads(step.onYes(), holds(step));
            markLoads(step.onNo(), holds(step));
        }
    }

    /** Makes sure that a step is written; returns where to enter it, counted from the end. */
    private int entry(Step step, int accumulator) {
        if (step.answers()) {
            Integer at = answers.get(step.k);
            return at == null ? answer(step.k) : at;
        }
        if (!bodies.containsKey(step)) {
            body(step);
        }
        return at(step, accumulator);
    }

    private int at(Step step, int accumulator) {
        Integer at =
                step.answers() ? answers.get(step.k) : accumulator == step.offset ? bodies.get(step) : loads.get(step);
        if (at == null) {
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
        boolean yesFirst = size(yes) > size(no);
        entry(yesFirst ? yes : no, accumulator);
        entry(yesFirst ? no : yes, accumulator);
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
        bodies.put(step, reversed.size() - 1);
        if (loaded.contains(step)) {
            loads.put(step, add(Instruction.load(step.offset)));
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
            bodies.put(step, jump);
        } else {
            loads.put(step, jump);
        }
    }

    /** How many tests stand behind a step, roughly: shared ones count every time, up to a bound. */
    private int size(Step step) {
        if (step.answers() || bodies.containsKey(step)) {
            return 0;
        }
        Integer known = sizes.get(step);
        if (known == null) {
            known = Math.min(100_000, 1 + size(step.onYes()) + size(step.onNo()));
            sizes.put(step, known);
        }
        return known;
    }
}
