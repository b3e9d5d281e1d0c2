package dev.acktrace.bpf;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.SeccompData;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Puts verdicts into a {@link Diagram}: first what they ask of the words, then what they answer. */
final class VerdictDiagram {
    private final Diagram diagram;
    private final boolean littleEndian;

    VerdictDiagram(Diagram diagram, int arch) {
        this.diagram = diagram;
        this.littleEndian = SeccompData.littleEndian(arch);
    }

    /** Adds the sets of a verdict to the domains. */
    void declare(Verdict verdict) {
        for (Verdict.Choice choice : verdict.choices()) {
            for (Comparison comparison : choice.condition().comparisons()) {
                declare(comparison);
            }
        }
    }

    private void declare(Comparison comparison) {
        Domain low = diagram.domain(Word.low(comparison.index(), littleEndian));
        int value = (int) comparison.value();
        boolean narrow = comparison.bits() == 32;
        switch (comparison.operator()) {
            case MASKED_EQ -> low.add(WordSet.masked((int) comparison.mask(), value));
            case EQ, NE -> low.add(WordSet.just(value));
            case LT, GE -> below(low, value);
            case LE, GT -> low.add(WordSet.range(0, value));
        }
        if (!narrow) {
            Domain high = diagram.domain(Word.high(comparison.index(), littleEndian));
            int upper = (int) (comparison.value() >>> 32);
            switch (comparison.operator()) {
                case MASKED_EQ -> high.add(WordSet.masked((int) (comparison.mask() >>> 32), upper));
                default -> high.add(WordSet.just(upper));
            }
        }
    }

    private static void below(Domain domain, int value) {
        if (value != 0) {
            domain.add(WordSet.range(0, value - 1));
        }
    }

    /** The function of a verdict. */
    Diagram.Node of(Verdict verdict) {
        Diagram.Node result = diagram.leaf(verdict.otherwise().word());
        List<Verdict.Choice> choices = verdict.choices();
        int end = choices.size();
        while (end > 0) {
            int from = alike(choices, end);
            if (end - from > 3) {
                result = oneOf(choices.subList(from, end), result);
                end = from;
                continue;
            }
            int i = --end;
            Diagram.Node yes = diagram.leaf(choices.get(i).action().word());
            List<Comparison> comparisons = choices.get(i).condition().comparisons();
            for (int j = comparisons.size() - 1; j >= 0; j--) {
                yes = of(comparisons.get(j), yes, result);
            }
            result = yes;
        }
        return result;
    }

    /** Where the choices begin that ask for single values of one argument and answer the same as the last one. */
    private static int alike(List<Verdict.Choice> choices, int end) {
        Verdict.Choice last = choices.get(end - 1);
        int from = end;
        while (from > 0 && alike(choices.get(from - 1), last)) {
            from--;
        }
        return from;
    }

    private static boolean alike(Verdict.Choice one, Verdict.Choice other) {
        if (!one.action().equals(other.action())
                || one.condition().comparisons().size() != 1
                || other.condition().comparisons().size() != 1) {
            return false;
        }
        Comparison left = one.condition().comparisons().get(0);
        Comparison right = other.condition().comparisons().get(0);
        return left.operator() == Operator.EQ
                && right.operator() == Operator.EQ
                && left.index() == right.index()
                && left.bits() == right.bits();
    }

    private Diagram.Node oneOf(List<Verdict.Choice> choices, Diagram.Node no) {
        Diagram.Node yes = diagram.leaf(choices.get(0).action().word());
        Comparison first = choices.get(0).condition().comparisons().get(0);
        Map<Integer, Set<Integer>> byHigh = new TreeMap<>();
        for (Verdict.Choice choice : choices) {
            long value = choice.condition().comparisons().get(0).value();
            byHigh.computeIfAbsent((int) (value >>> 32), high -> new HashSet<>())
                    .add((int) value);
        }
        int low = Word.low(first.index(), littleEndian);
        Diagram.Node result = no;
        for (Map.Entry<Integer, Set<Integer>> entry : byHigh.entrySet()) {
            Diagram.Node some = diagram.chooseAny(low, entry.getValue(), yes, no);
            result = first.bits() == 32
                    ? some
                    : diagram.choose(
                            Word.high(first.index(), littleEndian), WordSet.just(entry.getKey()), some, result);
        }
        return result;
    }

    private Diagram.Node of(Comparison comparison, Diagram.Node yes, Diagram.Node no) {
        return switch (comparison.operator()) {
            case EQ, MASKED_EQ -> masked(comparison, yes, no);
            case NE -> masked(comparison, no, yes);
            case LT -> below(comparison, false, yes, no);
            case LE -> below(comparison, true, yes, no);
            case GE -> below(comparison, false, no, yes);
            case GT -> below(comparison, true, no, yes);
        };
    }

    private Diagram.Node masked(Comparison comparison, Diagram.Node yes, Diagram.Node no) {
        int low = Word.low(comparison.index(), littleEndian);
        WordSet lower = WordSet.masked((int) comparison.mask(), (int) comparison.value());
        Diagram.Node result = diagram.choose(low, lower, yes, no);
        if (comparison.bits() == 32) {
            return result;
        }
        WordSet upper = WordSet.masked((int) (comparison.mask() >>> 32), (int) (comparison.value() >>> 32));
        return diagram.choose(Word.high(comparison.index(), littleEndian), upper, result, no);
    }

    private Diagram.Node below(Comparison comparison, boolean equal, Diagram.Node yes, Diagram.Node no) {
        int low = Word.low(comparison.index(), littleEndian);
        int value = (int) comparison.value();
        Diagram.Node result;
        if (equal) {
            result = diagram.choose(low, WordSet.range(0, value), yes, no);
        } else {
            result = value == 0 ? no : diagram.choose(low, WordSet.range(0, value - 1), yes, no);
        }
        if (comparison.bits() == 32) {
            return result;
        }
        int high = Word.high(comparison.index(), littleEndian);
        int upper = (int) (comparison.value() >>> 32);
        Diagram.Node rest = diagram.choose(high, WordSet.just(upper), result, no);
        return upper == 0 ? rest : diagram.choose(high, WordSet.range(0, upper - 1), yes, rest);
    }
}
