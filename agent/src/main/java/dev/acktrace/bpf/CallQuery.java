package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.List;

/** Questions about single calls of a plan, answered for all arguments. */
public final class CallQuery {
    private static final Action INSIDE = new Action(Action.Kind.ALLOW, 0);

    private CallQuery() {}

    /** Whose arguments the kernel cuts to 32 bits. */
    public interface Width {
        /** 32 or 64. */
        int bits(int arch, int number, int argument);
    }

    /**
     * Whether a call is executed, {@code ALLOW} or {@code LOG}, for some arguments under which a condition holds.
     *
     * @param number the table's number
     * @throws TooComplex if there are too many cases
     */
    public static boolean executes(Plan plan, Abi abi, int number, Condition when) {
        Verdict verdict = plan.section(abi.auditArch()).verdict(abi.raw(number));
        if (verdict.constant()) {
            return executed(verdict.otherwise());
        }
        Verdict where = new Verdict(List.of(new Verdict.Choice(when, INSIDE)), Action.KILL_THREAD);
        PlanPairs.Functions functions = new PlanPairs.Functions(abi.auditArch(), verdict, where);
        Logic logic = new Logic(functions.diagram, new Budget());
        Diagram.Node passes = logic.where(functions.left, word -> executed(Action.ofWord(word)));
        Diagram.Node asked = logic.where(functions.right, word -> word == INSIDE.word());
        return logic.and(passes, asked) != logic.none;
    }

    private static boolean executed(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG;
    }

    /**
     * Whether two plans answer every call alike whose 32-bit arguments have nothing in the upper half, which is how
     * compilers pass them.
     *
     * @throws TooComplex if there are too many cases
     */
    public static boolean alikeForCleanArguments(Plan left, Plan right, Width width) {
        if (!left.badArch().equals(right.badArch())) {
            return false;
        }
        PlanPairs pairs = new PlanPairs(left, right);
        for (int arch : pairs.arches()) {
            for (PlanPairs.Pair pair : pairs.of(arch)) {
                if (!pair.left().equals(pair.right()) && !alike(arch, pair, width)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean alike(int arch, PlanPairs.Pair pair, Width width) {
        Diagram diagram = new Diagram();
        VerdictDiagram verdicts = new VerdictDiagram(diagram, arch);
        verdicts.declare(pair.left());
        verdicts.declare(pair.right());
        boolean littleEndian = SeccompData.littleEndian(arch);
        for (int i = 0; i < 6; i++) {
            diagram.domain(Word.high(i, littleEndian)).add(WordSet.just(0));
        }
        Diagram.Node left = verdicts.of(pair.left());
        Diagram.Node right = verdicts.of(pair.right());
        for (int i = 0; i < 6; i++) {
            if (width.bits(arch, pair.from(), i) == 32) {
                int high = Word.high(i, littleEndian);
                left = diagram.choose(high, WordSet.just(0), left, diagram.leaf(0));
                right = diagram.choose(high, WordSet.just(0), right, diagram.leaf(0));
            }
        }
        return left == right;
    }
}
