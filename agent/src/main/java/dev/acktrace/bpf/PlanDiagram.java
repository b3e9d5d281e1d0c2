package dev.acktrace.bpf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts a whole plan into a {@link Diagram}. */
final class PlanDiagram {
    private final Diagram diagram;
    private final Plan plan;

    PlanDiagram(Diagram diagram, Plan plan) {
        this.diagram = diagram;
        this.plan = plan;
    }

    void declare() {
        for (Plan.Section section : plan.sections()) {
            diagram.domain(Word.ARCH).add(WordSet.just(section.arch()));
            VerdictDiagram verdicts = new VerdictDiagram(diagram, section.arch());
            for (Plan.Span span : section.spans()) {
                if (span.from() != 0) {
                    diagram.domain(Word.NUMBER).add(WordSet.range(span.from(), -1));
                }
                verdicts.declare(span.verdict());
            }
        }
    }

    Diagram.Node build() {
        Domain arches = diagram.domain(Word.ARCH);
        Diagram.Node[] kids = new Diagram.Node[arches.classes()];
        for (int i = 0; i < kids.length; i++) {
            kids[i] = diagram.leaf(plan.badArch().word());
            for (Plan.Section section : plan.sections()) {
                if (section.arch() == arches.representative(i)) {
                    kids[i] = numbers(section);
                }
            }
        }
        return diagram.branch(Word.ARCH, kids);
    }

    private Diagram.Node numbers(Plan.Section section) {
        VerdictDiagram verdicts = new VerdictDiagram(diagram, section.arch());
        Map<Verdict, Diagram.Node> known = new HashMap<>();
        Domain numbers = diagram.domain(Word.NUMBER);
        Diagram.Node[] kids = new Diagram.Node[numbers.classes()];
        List<Plan.Span> spans = section.spans();
        int span = 0;
        for (int i = 0; i < kids.length; i++) {
            int number = numbers.representative(i);
            while (span + 1 < spans.size()
                    && Integer.compareUnsigned(spans.get(span + 1).from(), number) <= 0) {
                span++;
            }
            kids[i] = known.computeIfAbsent(spans.get(span).verdict(), verdicts::of);
        }
        return diagram.branch(Word.NUMBER, kids);
    }
}
