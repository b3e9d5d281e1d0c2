package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From a program, whoever made it, back to what it answers: by symbolic execution, for all inputs. */
public final class Decompiler {
    private static final int UNUSED_NUMBER = 0x3FFFFFFF;

    private final Diagram diagram;
    private final Map<Diagram.Node, Verdict> verdicts = new HashMap<>();

    Decompiler(Diagram diagram) {
        this.diagram = diagram;
    }

    /**
     * What a program answers.
     *
     * @param plan the answers
     * @param checksArchitecture whether unknown architectures get one answer; if not, {@code badArch} of the plan is
     *     that for the number 0
     */
    public record Decompiled(Plan plan, boolean checksArchitecture) {}

    /**
     * Explains a program.
     *
     * @throws TooComplex if the program computes what has no simple inverse
     * @throws IllegalArgumentException if the kernel would refuse it
     */
    public static Decompiled decompile(Program program) {
        ProgramCheck.check(program).ifPresent(rejection -> {
            throw new IllegalArgumentException("the kernel refuses the program: " + rejection);
        });
        Diagram diagram = new Diagram();
        Decompiler decompiler = new Decompiler(diagram);
        decompiler.declare();
        ProgramDiagram function = new ProgramDiagram(diagram, program);
        function.declare();
        return decompiler.of(function.build());
    }

    /** Adds the architectures of the tables to the domains. */
    void declare() {
        for (Abi abi : Abi.values()) {
            diagram.domain(Word.ARCH).add(WordSet.just(abi.auditArch()));
        }
    }

    /** The plan of a whole function. */
    Decompiled of(Diagram.Node start) {
        Set<Integer> arches = new LinkedHashSet<>();
        for (Abi abi : Abi.values()) {
            arches.add(abi.auditArch());
        }
        Diagram.Node other = at(start, Word.ARCH, foreign(arches));
        boolean checks = other.leaf();
        int bad = checks ? other.answer : leaf(at(other, Word.NUMBER, 0));
        List<Plan.Section> sections = new ArrayList<>();
        for (int arch : arches) {
            Diagram.Node numbers = at(start, Word.ARCH, arch);
            if (numbers != other || !checks) {
                sections.add(section(arch, numbers));
            }
        }
        return new Decompiled(new Plan(sections, Action.ofWord(bad)), checks);
    }

    private static int foreign(Set<Integer> arches) {
        int arch = 1;
        while (arches.contains(arch)) {
            arch++;
        }
        return arch;
    }

    private Diagram.Node at(Diagram.Node node, int word, int value) {
        if (node.word != word) {
            return node;
        }
        Domain domain = diagram.domain(word);
        int best = 0;
        for (int i = 0; i < domain.classes(); i++) {
            if (Integer.compareUnsigned(domain.representative(i), value) <= 0) {
                best = i;
            }
        }
        return node.kids[best];
    }

    private static int leaf(Diagram.Node node) {
        Diagram.Node now = node;
        while (!now.leaf()) {
            now = now.kids[0];
        }
        return now.answer;
    }

    private Plan.Section section(int arch, Diagram.Node node) {
        if (!diagram.domain(Word.NUMBER).rangesOnly()) {
            throw new TooComplex("the program tests single bits of the number");
        }
        boolean littleEndian = SeccompData.littleEndian(arch);
        verdicts.clear();
        int standard = leaf(at(node, Word.NUMBER, UNUSED_NUMBER));
        List<Plan.Span> spans = new ArrayList<>();
        long[] starts = diagram.domain(Word.NUMBER).starts();
        Diagram.Node before = null;
        for (int i = 0; i < starts.length; i++) {
            Diagram.Node now = node.word == Word.NUMBER ? node.kids[i] : node;
            if (now != before) {
                spans.add(new Plan.Span(
                        (int) starts[i], verdicts.computeIfAbsent(now, n -> verdict(n, littleEndian, standard))));
            }
            before = now;
        }
        return new Plan.Section(arch, spans);
    }

    /** One choice for each way to an answer that is not the standard one; the standard one for all others. */
    private Verdict verdict(Diagram.Node node, boolean littleEndian, int standard) {
        if (node.leaf()) {
            return Verdict.of(Action.ofWord(node.answer));
        }
        List<Verdict.Choice> choices = new ArrayList<>();
        for (Cases.Case one : Cases.of(diagram, littleEndian, node, node)) {
            if (one.left() != standard) {
                choices.add(new Verdict.Choice(one.condition(), Action.ofWord(one.left())));
            }
        }
        return new Verdict(choices, Action.ofWord(standard));
    }
}
