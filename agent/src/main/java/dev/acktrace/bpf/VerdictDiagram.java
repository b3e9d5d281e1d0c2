package dev.acktrace.bpf;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.SeccompData;
import java.util.List;

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
        for (int i = choices.size() - 1; i >= 0; i--) {
            Diagram.Node yes = diagram.leaf(choices.get(i).action().word());
            List<Comparison> comparisons = choices.get(i).condition().comparisons();
            for (int j = comparisons.size() - 1; j >= 0; j--) {
                yes = of(comparisons.get(j), yes, result);
            }
            result = yes;
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
