package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * From a program, whoever made it, back to what it answers: by symbolic execution, for all inputs. One walk finds out
 * which architectures and numbers the program tells apart; then it is walked once for each of them, with the arguments
 * left open.
 */
public final class Decompiler {
    private static final int UNUSED_NUMBER = 0x3FFFFFFF;
    private static final int MOST_NUMBERS = 20_000;

    private final Program program;
    private final Diagram tests = new Diagram();
    private final Budget budget = new Budget();

    private Decompiler(Program program) {
        this.program = program;
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
     * @throws TooComplex if the program computes what has no simple inverse, or its cases are too many
     * @throws IllegalArgumentException if the kernel would refuse it
     */
    public static Decompiled decompile(Program program) {
        ProgramCheck.check(program).ifPresent(rejection -> {
            throw new IllegalArgumentException("the kernel refuses the program: " + rejection);
        });
        Decompiler decompiler = new Decompiler(program);
        new ProgramDiagram(decompiler.tests, program).declare();
        return decompiler.all();
    }

    private Decompiled all() {
        long[] numbers = starts(tests.domain(Word.NUMBER));
        Set<Integer> arches = new LinkedHashSet<>();
        for (Abi abi : Abi.values()) {
            arches.add(abi.auditArch());
        }
        int unknown = foreign(arches);
        Plan.Section other = section(unknown, numbers);
        Verdict first = other.spans().get(0).verdict();
        boolean checks = other.spans().size() == 1 && first.constant();
        List<Plan.Section> sections = new ArrayList<>();
        for (int arch : arches) {
            if (checks && tests.domain(Word.ARCH).alike(arch, unknown)) {
                continue;
            }
            Plan.Section section = section(arch, numbers);
            if (!checks || !section.spans().equals(other.spans())) {
                sections.add(section);
            }
        }
        return new Decompiled(new Plan(sections, leastOf(first)), checks);
    }

    private static Action leastOf(Verdict verdict) {
        return verdict.decide(new SeccompData(0, 0, 0));
    }

    private static int foreign(Set<Integer> arches) {
        int arch = 1;
        while (arches.contains(arch)) {
            arch++;
        }
        return arch;
    }

    /** Where runs of numbers begin that the program does not tell apart. */
    private static long[] starts(Domain domain) {
        TreeSet<Long> starts = new TreeSet<>();
        for (long start : domain.borders()) {
            starts.add(start);
        }
        for (WordSet cube : domain.cubes()) {
            long step = Integer.toUnsignedLong(Integer.lowestOneBit(cube.first()));
            if ((1L << 32) / step > MOST_NUMBERS) {
                throw new TooComplex("the program tests single low bits of the number");
            }
            for (long at = 0; at < 1L << 32; at += step) {
                starts.add(at);
            }
        }
        if (starts.size() > MOST_NUMBERS) {
            throw new TooComplex("the program tells more than " + MOST_NUMBERS + " runs of numbers apart");
        }
        return starts.stream().mapToLong(Long::longValue).toArray();
    }

    private Plan.Section section(int arch, long[] numbers) {
        Action standard = leastOf(verdict(arch, UNUSED_NUMBER, Action.KILL_THREAD));
        List<Plan.Span> spans = new ArrayList<>();
        for (long number : numbers) {
            Verdict verdict = verdict(arch, (int) number, standard);
            if (spans.isEmpty() || !spans.get(spans.size() - 1).verdict().equals(verdict)) {
                spans.add(new Plan.Span((int) number, verdict));
            }
        }
        return new Plan.Section(arch, spans);
    }

    private Verdict verdict(int arch, int number, Action standard) {
        Diagram diagram = new Diagram();
        ProgramDiagram walk = new ProgramDiagram(diagram, program, Map.of(Word.ARCH, arch, Word.NUMBER, number));
        walk.declare();
        Diagram.Node function = walk.build();
        budget.take(walk.places());
        return new Cover(diagram, SeccompData.littleEndian(arch), budget).verdict(function, standard);
    }
}
