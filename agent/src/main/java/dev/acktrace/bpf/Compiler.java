package dev.acktrace.bpf;

import dev.acktrace.policy.SeccompData;
import java.util.IdentityHashMap;

/**
 * From a plan to a program. First the audit architecture is asked for, then the number, and arguments only behind
 * that, so that every call that is allowed whatever its arguments are stays in the kernel's action cache. Every
 * program is proven equal to its plan before it is given away.
 */
public final class Compiler {
    private final Plan plan;
    private final CompileOptions options;
    private final Step.Factory steps = new Step.Factory();
    private final IdentityHashMap<Verdict, Step> verdicts = new IdentityHashMap<>();

    private Compiler(Plan plan, CompileOptions options) {
        this.plan = plan;
        this.options = options;
    }

    /**
     * A program that answers every call as the plan does.
     *
     * @throws CompileException if there is none within the kernel's limits
     * @throws IllegalStateException if the proof fails, which is a defect of this compiler
     */
    public static Program compile(Plan plan, CompileOptions options) {
        Program program = unproven(plan, options);
        try {
            Proof.difference(program, plan).ifPresent(difference -> {
                throw new IllegalStateException("the compiled filter is wrong, please report this: " + difference);
            });
        } catch (TooComplex e) {
            throw new CompileException("the policy cannot be proven, so it is not compiled: " + e.getMessage()
                    + "; use fewer conditions on arguments for each call");
        }
        return program;
    }

    /** A program without the proof. For tests. */
    static Program unproven(Plan plan, CompileOptions options) {
        return new Compiler(plan, options).program();
    }

    private Program program() {
        Step start = steps.answer(plan.badArch().word());
        for (int i = plan.sections().size() - 1; i >= 0; i--) {
            Plan.Section section = plan.sections().get(i);
            verdicts.clear();
            Step numbers = Numbers.code(
                    section,
                    options,
                    steps,
                    verdict -> verdicts.computeIfAbsent(verdict, v -> arguments(v, section.arch())));
            start = steps.equal(4, section.arch(), numbers, start);
        }
        return Assembler.assemble(start);
    }

    private Step arguments(Verdict verdict, int arch) {
        if (verdict.constant()) {
            return steps.answer(verdict.otherwise().word());
        }
        try {
            Diagram diagram = new Diagram();
            VerdictDiagram function = new VerdictDiagram(diagram, arch);
            function.declare(verdict);
            return new ArgumentCode(diagram, steps, options.goal()).of(function.of(verdict));
        } catch (TooComplex e) {
            return new ChainCompiler(plan, options, steps).of(verdict, SeccompData.littleEndian(arch));
        }
    }
}
