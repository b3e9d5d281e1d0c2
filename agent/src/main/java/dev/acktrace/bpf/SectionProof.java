package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The proof for programs that compare architecture and number with constants and go on from there. Architectures are
 * only ever compared for equality, so that one that is compared with nowhere stands for all others.
 */
final class SectionProof {
    private final Program program;
    private final Plan plan;
    private final List<Section> sections = new ArrayList<>();

    /** Where the program goes for a verdict: the instruction, below 0 for big endian. Plans share equal verdicts. */
    private final IdentityHashMap<Verdict, Set<Integer>> agreed = new IdentityHashMap<>();

    private boolean applies;

    private record Section(int arch, List<Plan.Span> planned, List<Dispatch.Way> actual) {}

    SectionProof(Program program, Plan plan) {
        this.program = program;
        this.plan = plan;
        this.applies = true;
        for (int arch : arches()) {
            Optional<List<Dispatch.Way>> ways = Dispatch.of(program, arch);
            if (ways.isEmpty()) {
                applies = false;
                return;
            }
            sections.add(new Section(arch, plan.section(arch).spans(), ways.get()));
        }
    }

    /** Whether this way of proving can be gone. */
    boolean applies() {
        return applies && loadsAtTheTopOnly();
    }

    /** Whether no instruction behind one that looks at an argument looks at architecture or number. */
    private boolean loadsAtTheTopOnly() {
        boolean[] behind = new boolean[program.size()];
        for (Section section : sections) {
            for (Dispatch.Way way : section.actual()) {
                behind[way.pc()] = true;
            }
        }
        for (int pc = 0; pc < behind.length; pc++) {
            Instruction now = program.at(pc);
            if (!behind[pc] || Opcode.family(now.code()) == Opcode.RET) {
                continue;
            }
            if (now.code() == Opcode.LOAD && Word.ofOffset(now.k()) <= Word.NUMBER) {
                return false;
            }
            if (now.code() == Opcode.GOTO) {
                behind[pc + 1 + now.k()] = true;
            } else if (now.conditional()) {
                behind[pc + 1 + now.jt()] = true;
                behind[pc + 1 + now.jf()] = true;
            } else {
                behind[pc + 1] = true;
            }
        }
        return true;
    }

    private Set<Integer> arches() {
        Set<Integer> arches = new LinkedHashSet<>();
        plan.sections().forEach(section -> arches.add(section.arch()));
        for (Instruction instruction : program.instructions()) {
            if (instruction.conditional() && Opcode.operation(instruction.code()) == Opcode.JEQ) {
                arches.add(instruction.k());
            }
        }
        int other = 0;
        while (arches.contains(other)) {
            other++;
        }
        arches.add(other);
        return arches;
    }

    /** Where program and plan differ. */
    Optional<Proof.Difference> difference() {
        for (Section section : sections) {
            Optional<Proof.Difference> difference = difference(section);
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private Optional<Proof.Difference> difference(Section section) {
        List<Plan.Span> spans = section.planned();
        List<Dispatch.Way> ways = section.actual();
        int span = 0;
        int way = 0;
        while (span < spans.size() && way < ways.size()) {
            long planned = Integer.toUnsignedLong(spans.get(span).from());
            long actual = ways.get(way).from();
            int number = (int) Math.max(planned, actual);
            Optional<Proof.Difference> difference =
                    difference(spans.get(span).verdict(), ways.get(way).pc(), section.arch(), number);
            if (difference.isPresent()) {
                return difference;
            }
            long nextSpan = span + 1 < spans.size()
                    ? Integer.toUnsignedLong(spans.get(span + 1).from())
                    : Long.MAX_VALUE;
            long nextWay = way + 1 < ways.size() ? ways.get(way + 1).from() : Long.MAX_VALUE;
            span += nextSpan <= nextWay ? 1 : 0;
            way += nextWay <= nextSpan ? 1 : 0;
        }
        return Optional.empty();
    }

    private Optional<Proof.Difference> difference(Verdict verdict, int pc, int arch, int number) {
        Instruction first = program.at(pc);
        if (verdict.constant() && first.code() == Opcode.RETURN) {
            return verdict.otherwise().word() == first.k()
                    ? Optional.empty()
                    : Optional.of(new Proof.Difference(
                            new SeccompData(arch, number, 0),
                            Action.ofWord(verdict.otherwise().word()),
                            first.k()));
        }
        int way = SeccompData.littleEndian(arch) ? pc : -1 - pc;
        if (!agreed.computeIfAbsent(verdict, v -> new HashSet<>()).add(way)) {
            return Optional.empty();
        }
        Diagram diagram = new Diagram();
        VerdictDiagram planned = new VerdictDiagram(diagram, arch);
        ProgramDiagram actual = new ProgramDiagram(diagram, program, pc);
        planned.declare(verdict);
        actual.declare();
        Diagram.Node left = planned.of(verdict);
        Diagram.Node right = actual.build();
        return left == right
                ? Optional.empty()
                : Optional.of(new Proof.Search(diagram, arch, number).find(left, right));
    }
}
