package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;

/** What is left of a call's arguments by some conditions. */
public final class Complement {
    private static final Action INSIDE = Action.ALLOW;
    private static final Action OUTSIDE = Action.KILL_THREAD;
    private static final int ARCH = Abi.X86_64.auditArch();

    private Complement() {}

    /**
     * Conditions for the arguments under which none of some others holds. Where registers of 32 bits are compared too,
     * a condition that would then hold together with one of the others is left out.
     *
     * @param narrow whether the conditions are used for an ABI with 32-bit registers too
     * @throws TooComplex if there are too many cases
     */
    public static List<Condition> of(List<Condition> conditions, boolean narrow) {
        Verdict verdict = inside(conditions);
        PlanPairs.Functions functions = new PlanPairs.Functions(ARCH, verdict, verdict);
        Budget budget = new Budget();
        Logic logic = new Logic(functions.diagram, budget);
        Diagram.Node rest = logic.where(functions.left, word -> word == OUTSIDE.word());
        List<Condition> all = new Cover(functions.diagram, true, budget).conditions(rest, rest);
        if (!narrow) {
            return all;
        }
        List<Condition> cut = conditions.stream().map(Condition::narrowed).toList();
        List<Condition> kept = new ArrayList<>();
        for (Condition condition : all) {
            if (!meets(condition.narrowed(), cut, budget)) {
                kept.add(condition);
            }
        }
        return kept;
    }

    private static Verdict inside(List<Condition> conditions) {
        return new Verdict(
                conditions.stream()
                        .map(condition -> new Verdict.Choice(condition, INSIDE))
                        .toList(),
                OUTSIDE);
    }

    private static boolean meets(Condition condition, List<Condition> others, Budget budget) {
        PlanPairs.Functions functions = new PlanPairs.Functions(ARCH, inside(List.of(condition)), inside(others));
        Logic logic = new Logic(functions.diagram, budget);
        Diagram.Node one = logic.where(functions.left, word -> word == INSIDE.word());
        Diagram.Node other = logic.where(functions.right, word -> word == INSIDE.word());
        return logic.and(one, other) != logic.none;
    }
}
