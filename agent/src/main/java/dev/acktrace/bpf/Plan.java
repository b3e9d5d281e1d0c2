package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * What a filter has to answer, by numbers: for each audit architecture, which verdict each value of
 * {@code seccomp_data.nr} has. The names are resolved; nothing is left open.
 *
 * @param sections one for each audit architecture, in the order in which the filter asks
 * @param badArch the answer for every other audit architecture
 */
public record Plan(List<Section> sections, Action badArch) {
    /**
     * All numbers of one audit architecture.
     *
     * @param arch {@code AUDIT_ARCH_*}
     * @param spans by first number, unsigned; the first begins at 0, each ends where the next begins
     */
    public record Section(int arch, List<Span> spans) {
        public Section {
            spans = List.copyOf(spans);
        }

        /** The verdict for a value of {@code seccomp_data.nr}. */
        public Verdict verdict(int number) {
            int low = 0;
            int high = spans.size() - 1;
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                if (Integer.compareUnsigned(spans.get(middle).from(), number) <= 0) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            return spans.get(low).verdict();
        }
    }

    /**
     * Consecutive numbers with one verdict.
     *
     * @param from the first, unsigned
     * @param verdict for all of them
     */
    public record Span(int from, Verdict verdict) {}

    private static final long X32 = 0x40000000L;
    private static final long NUMBERS = 1L << 32;

    public Plan {
        sections = List.copyOf(sections);
    }

    /**
     * The plan of a policy. The native ABI of this machine, if it is covered, comes first.
     *
     * @param badArch the answer for ABIs that the policy does not cover; x32 numbers count as one
     */
    public static Plan of(Policy policy, Action badArch) {
        List<Abi> abis = new ArrayList<>(policy.architectures());
        int host = Abi.host().auditArch();
        abis.sort(Comparator.comparing((Abi abi) -> abi.auditArch() != host));
        Set<Integer> arches = new LinkedHashSet<>();
        abis.forEach(abi -> arches.add(abi.auditArch()));
        List<Section> sections = new ArrayList<>();
        for (int arch : arches) {
            sections.add(section(policy, arch, badArch));
        }
        return new Plan(sections, badArch);
    }

    private static Section section(Policy policy, int arch, Action badArch) {
        TreeMap<Long, Verdict> byNumber = new TreeMap<>();
        Verdict bad = Verdict.of(badArch);
        Verdict standard = Verdict.of(policy.defaultAction());
        boolean shared = arch == Abi.X86_64.auditArch();
        boolean low = !shared || policy.architectures().contains(Abi.X86_64);
        byNumber.put(0L, low ? standard : bad);
        if (shared) {
            byNumber.put(X32, policy.architectures().contains(Abi.X32) ? standard : bad);
            byNumber.put(NUMBERS - 1, standard);
        }
        Map<Verdict, Verdict> same = new HashMap<>();
        for (Abi abi : policy.architectures()) {
            if (abi.auditArch() == arch) {
                add(byNumber, policy, abi, same);
            }
        }
        List<Span> spans = new ArrayList<>();
        for (Map.Entry<Long, Verdict> entry : byNumber.entrySet()) {
            int last = spans.size() - 1;
            if (last < 0 || !spans.get(last).verdict().equals(entry.getValue())) {
                spans.add(new Span(entry.getKey().intValue(), entry.getValue()));
            }
        }
        return new Section(arch, spans);
    }

    /** Equal verdicts become the same object. */
    private static void add(TreeMap<Long, Verdict> byNumber, Policy policy, Abi abi, Map<Verdict, Verdict> shared) {
        Map<Integer, List<Rule>> rules = new HashMap<>();
        for (Rule rule : policy.rules()) {
            OptionalInt number = rule.number(abi);
            if (number.isPresent()) {
                rules.computeIfAbsent(number.getAsInt(), n -> new ArrayList<>()).add(rule);
            }
        }
        TreeMap<Long, Verdict> verdicts = new TreeMap<>();
        rules.forEach((number, all) -> {
            Verdict verdict = verdict(all, abi, policy.defaultAction());
            verdicts.put(Integer.toUnsignedLong(abi.raw(number)), shared.computeIfAbsent(verdict, same -> same));
        });
        for (Map.Entry<Long, Verdict> entry : verdicts.entrySet()) {
            long number = entry.getKey();
            if (number + 1 < NUMBERS && !byNumber.containsKey(number + 1)) {
                byNumber.put(number + 1, byNumber.floorEntry(number).getValue());
            }
            byNumber.put(number, entry.getValue());
        }
    }

    private static Verdict verdict(List<Rule> rules, Abi abi, Action otherwise) {
        List<Verdict.Choice> choices = new ArrayList<>();
        for (Rule rule : rules) {
            if (rule.condition().always()) {
                return Verdict.of(rule.action());
            }
            choices.add(
                    new Verdict.Choice(abi.narrow() ? rule.condition().narrowed() : rule.condition(), rule.action()));
        }
        for (Verdict.Choice choice : choices) {
            if (choice.condition().always()) {
                return Verdict.of(choice.action());
            }
        }
        choices.sort(Comparator.comparing(Verdict.Choice::action));
        return new Verdict(choices, otherwise);
    }

    /** The same plan with every action replaced. */
    public Plan map(UnaryOperator<Action> change) {
        List<Section> changed = new ArrayList<>();
        for (Section section : sections) {
            List<Span> spans = section.spans().stream()
                    .map(span -> new Span(span.from(), span.verdict().map(change)))
                    .toList();
            changed.add(new Section(section.arch(), spans));
        }
        return new Plan(changed, change.apply(badArch));
    }

    /** The section of an architecture; one that answers {@code badArch} if there is none. */
    public Section section(int arch) {
        for (Section section : sections) {
            if (section.arch() == arch) {
                return section;
            }
        }
        return new Section(arch, List.of(new Span(0, Verdict.of(badArch))));
    }

    /** The answer for a call. */
    public Action decide(SeccompData call) {
        return section(call.arch()).verdict(call.number()).decide(call);
    }
}
