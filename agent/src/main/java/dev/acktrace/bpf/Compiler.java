package dev.acktrace.bpf;

import java.util.HashMap;
import java.util.Map;

/**
 * From a plan to a program. First the audit architecture is asked for, then the number, and arguments only behind
 * that, so that every call that is allowed whatever its arguments are stays in the kernel's action cache. Every
 * program is proven equal to its plan before it is given away.
 */
public final class Compiler {
    private final Plan plan;
    private final CompileOptions options;
    private final Step.Factory steps = new Step.Factory();
    private final Diagram diagram = new Diagram();
    private final Map<Verdict, Step> verdicts = new HashMap<>();
    private final ArgumentCode arguments;

    private Compiler(Plan plan, CompileOptions options) {
        this.plan = plan;
        this.options = options;
        this.arguments = new ArgumentCode(diagram, steps, options.goal());
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
        try {
            return new Compiler(plan, options).program();
        } catch (TooComplex e) {
            return new ChainCompiler(plan, options).program();
        }
    }

    private Program program() {
        for (Plan.Section section : plan.sections()) {
            VerdictDiagram verdictDiagram = new VerdictDiagram(diagram, section.arch());
            section.spans().forEach(span -> verdictDiagram.declare(span.verdict()));
        }
        Step start = steps.answer(plan.badArch().word());
        for (int i = plan.sections().size() - 1; i >= 0; i--) {
            Plan.Section section = plan.sections().get(i);
            verdicts.clear();
            start = steps.equal(4, section.arch(), numbers(section), start);
        }
        return Assembler.assemble(start);
    }

    private Step numbers(Plan.Section section) {
        VerdictDiagram verdictDiagram = new VerdictDiagram(diagram, section.arch());
        return Numbers.code(
                section,
                options,
                steps,
                verdict -> verdicts.computeIfAbsent(verdict, v -> arguments.of(verdictDiagram.of(v))));
    }
}
