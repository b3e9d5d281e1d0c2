package dev.acktrace.format;

import dev.acktrace.bpf.Decompiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.PlanMerge;
import dev.acktrace.bpf.PlanPolicy;
import dev.acktrace.bpf.Program;
import dev.acktrace.bpf.ProgramCheck;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.bpf.Verdict;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads compiled filters back as policies: whoever made them, by symbolic execution. */
public final class FilterReader {
    private static final int SHOWN = 4;
    private static final long X32 = Integer.toUnsignedLong(Abi.X32.numberBit());

    private FilterReader() {}

    /**
     * A filter that was explained.
     *
     * @param plan what it answers, by numbers
     * @param checksArchitecture whether it has one answer for architectures that it does not know
     * @param policy the same by names, as far as a policy can say it
     * @param rest what the policy does not say, for people
     */
    public record Explained(Plan plan, boolean checksArchitecture, Policy policy, List<String> rest) {
        public Explained {
            rest = List.copyOf(rest);
        }
    }

    static Imported read(byte[] bytes, String source, OciOptions options) throws FormatException {
        Explained explained =
                explain(program(bytes, source), source, options.host().abi());
        List<Warning> warnings = new ArrayList<>();
        if (!explained.checksArchitecture()) {
            warnings.add(new Warning(
                    Warning.Kind.NO_ARCHITECTURE,
                    source,
                    0,
                    0,
                    "the filter does not check the architecture, so numbers of other ABIs are taken for those of"
                            + " this one"));
        }
        explained.rest().forEach(text -> warnings.add(new Warning(source, 0, 0, text)));
        Set<String> named = new TreeSet<>();
        for (Rule rule : explained.policy().rules()) {
            named.add(rule.call());
        }
        return new Imported(explained.policy(), warnings, named, Imported.Source.of(Imported.Kind.FILTER));
    }

    /** A program that the kernel would take. */
    public static Program program(byte[] bytes, String source) throws FormatException {
        Program program;
        try {
            program = Program.of(bytes);
        } catch (IllegalArgumentException e) {
            throw new FormatException(
                    source, 0, 0, String.valueOf(e.getMessage()), "'acktrace compile' writes such files.");
        }
        Optional<ProgramCheck.Rejection> rejection = ProgramCheck.check(program);
        if (rejection.isPresent()) {
            throw new FormatException(
                    source,
                    0,
                    0,
                    "the kernel refuses it with EINVAL: " + rejection.get(),
                    "'acktrace disasm' shows its instructions.");
        }
        return program;
    }

    /**
     * Explains a program that {@link #program} returned.
     *
     * @param host whose numbers count if the program does not ask for the architecture
     * @throws FormatException if it computes what has no simple inverse, or has too many cases
     */
    public static Explained explain(Program program, String source, Abi host) throws FormatException {
        try {
            return explained(Decompiler.decompile(program), host);
        } catch (TooComplex e) {
            throw tooComplex(source, e);
        }
    }

    /**
     * What several filters of one thread answer together.
     *
     * @param filters in the order in which they were installed; at least one
     * @throws FormatException if there are too many cases
     */
    public static Explained together(List<Explained> filters, String source, Abi host) throws FormatException {
        Explained newest = filters.get(filters.size() - 1);
        Plan plan = newest.plan();
        boolean checks = newest.checksArchitecture();
        try {
            for (int i = filters.size() - 2; i >= 0; i--) {
                plan = PlanMerge.of(plan, filters.get(i).plan(), PlanMerge.Mode.STACK);
                checks |= filters.get(i).checksArchitecture();
            }
            return explained(new Decompiler.Decompiled(plan, checks), host);
        } catch (TooComplex e) {
            throw tooComplex(source, e);
        }
    }

    private static Explained explained(Decompiler.Decompiled decompiled, Abi host) {
        Plan plan = decompiled.plan();
        Set<Abi> abis = abis(decompiled, host);
        Policy policy = PlanPolicy.of(plan, abis);
        if (abis.contains(Abi.X32) && abis.size() > 1 && defaultOnly(plan) && perAbi(policy)) {
            // Rules for all ABIs are worth more than to say of x32 that it gets the default.
            abis.remove(Abi.X32);
            policy = PlanPolicy.of(plan, abis);
        }
        return new Explained(plan, decompiled.checksArchitecture(), policy, rest(decompiled, policy, abis));
    }

    private static FormatException tooComplex(String source, TooComplex why) {
        return new FormatException(
                source,
                0,
                0,
                "the filter cannot be told as rules: " + why.getMessage(),
                "'acktrace disasm' shows its instructions, 'acktrace eval' its answers.");
    }

    /** The ABIs that the program treats as something of their own. */
    private static Set<Abi> abis(Decompiler.Decompiled decompiled, Abi host) {
        Plan plan = decompiled.plan();
        Set<Abi> abis = EnumSet.noneOf(Abi.class);
        for (Abi abi : Abi.values()) {
            boolean asked = decompiled.checksArchitecture()
                    ? plan.sections().stream().anyMatch(section -> section.arch() == abi.auditArch())
                    : sameMachine(abi, host);
            boolean open = !decompiled.checksArchitecture() || (abi == Abi.X32 ? x32(plan) : !refused(plan, abi));
            if (asked && open) {
                abis.add(abi);
            }
        }
        if (abis.isEmpty()) {
            abis.add(host);
        }
        return abis;
    }

    private static boolean sameMachine(Abi abi, Abi host) {
        return abi == host || (host == Abi.X86_64 && (abi == Abi.X86 || abi == Abi.X32));
    }

    private static boolean refused(Plan plan, Abi abi) {
        Verdict bad = Verdict.of(plan.badArch());
        boolean shared = abi == Abi.X86_64;
        return plan.section(abi.auditArch()).spans().stream()
                .filter(span -> !shared || Integer.toUnsignedLong(span.from()) < X32)
                .allMatch(span -> span.verdict().equals(bad));
    }

    /** Whether x32 has rules of its own, or is executed as a whole. */
    private static boolean x32(Plan plan) {
        Plan.Section section = plan.section(Abi.X32.auditArch());
        List<Plan.Span> spans = section.spans().stream()
                .filter(span -> Integer.toUnsignedLong(span.from()) > X32 && span.from() != -1)
                .toList();
        Verdict first = section.verdict(Abi.X32.numberBit());
        return !spans.isEmpty() || !first.equals(Verdict.of(plan.badArch()));
    }

    /** Whether all of x32 has one answer, and does not execute. */
    private static boolean defaultOnly(Plan plan) {
        Plan.Section section = plan.section(Abi.X32.auditArch());
        Action answer = section.verdict(Abi.X32.numberBit()).otherwise();
        boolean executes = answer.kind() == Action.Kind.ALLOW || answer.kind() == Action.Kind.LOG;
        return !executes
                && section.spans().stream()
                        .filter(span -> Integer.toUnsignedLong(span.from()) > X32 && span.from() != -1)
                        .findAny()
                        .isEmpty();
    }

    private static boolean perAbi(Policy policy) {
        return policy.rules().stream().anyMatch(rule -> !rule.abis().isEmpty());
    }

    private static List<String> rest(Decompiler.Decompiled decompiled, Policy policy, Set<Abi> abis) {
        Plan plan = decompiled.plan();
        List<String> rest = new ArrayList<>();
        if (decompiled.checksArchitecture() && !plan.badArch().equals(Action.KILL_THREAD)) {
            rest.add("architectures that it does not know get " + plan.badArch());
        }
        Set<Integer> arches = new TreeSet<>();
        abis.forEach(abi -> arches.add(abi.auditArch()));
        int more = 0;
        for (PlanDifference.Change change : PlanDifference.between(plan, Plan.of(policy, plan.badArch()))) {
            if (!arches.contains(change.arch())) {
                continue;
            }
            if (rest.size() < SHOWN) {
                rest.add("numbers " + Integer.toUnsignedString(change.from()) + " to "
                        + Integer.toUnsignedString(change.to()) + " of "
                        + Abi.of(change.arch(), change.from()).map(Abi::label).orElse("another architecture") + " get "
                        + change.left() + "; the rules above say " + change.right());
            } else {
                more++;
            }
        }
        if (more > 0) {
            rest.add("there are " + more + " more differences of this kind");
        }
        return rest;
    }
}
