package dev.acktrace.bpf;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.SeccompData;
import java.util.List;

/**
 * Compiles conditions one after the other, as they stand. The programs are longer than those of {@link Compiler}, but
 * never longer than the policy makes them: for policies with so many independent conditions that their cases cannot
 * be counted.
 */
final class ChainCompiler {
    private final Plan plan;
    private final CompileOptions options;
    private final Step.Factory steps;

    ChainCompiler(Plan plan, CompileOptions options, Step.Factory steps) {
        this.plan = plan;
        this.options = options;
        this.steps = steps;
    }

    Program program() {
        Step start = steps.answer(plan.badArch().word());
        for (int i = plan.sections().size() - 1; i >= 0; i--) {
            Plan.Section section = plan.sections().get(i);
            boolean littleEndian = SeccompData.littleEndian(section.arch());
            Step numbers = Numbers.code(section, options, steps, verdict -> of(verdict, littleEndian));
            start = steps.equal(4, section.arch(), numbers, start);
        }
        return Assembler.assemble(start);
    }

    /** The code of one verdict. */
    Step of(Verdict verdict, boolean littleEndian) {
        Step step = steps.answer(verdict.otherwise().word());
        List<Verdict.Choice> choices = verdict.choices();
        for (int i = choices.size() - 1; i >= 0; i--) {
            Step yes = steps.answer(choices.get(i).action().word());
            List<Comparison> comparisons = choices.get(i).condition().comparisons();
            for (int j = comparisons.size() - 1; j >= 0; j--) {
                yes = of(comparisons.get(j), littleEndian, yes, step);
            }
            step = yes;
        }
        return step;
    }

    private Step of(Comparison comparison, boolean littleEndian, Step yes, Step no) {
        return switch (comparison.operator()) {
            case EQ, MASKED_EQ -> masked(comparison, littleEndian, yes, no);
            case NE -> masked(comparison, littleEndian, no, yes);
            case LT -> below(comparison, false, littleEndian, yes, no);
            case LE -> below(comparison, true, littleEndian, yes, no);
            case GE -> below(comparison, false, littleEndian, no, yes);
            case GT -> below(comparison, true, littleEndian, no, yes);
        };
    }

    private Step in(int offset, WordSet set, Step yes, Step no) {
        if (set.all()) {
            return yes;
        }
        if (set.cube()) {
            return steps.in(offset, set, yes, no);
        }
        if (set.first() == set.second()) {
            return steps.equal(offset, set.first(), yes, no);
        }
        Step notAbove = set.second() == -1 ? yes : steps.atLeast(offset, set.second() + 1, no, yes);
        return set.first() == 0 ? notAbove : steps.atLeast(offset, set.first(), notAbove, no);
    }

    private Step masked(Comparison comparison, boolean littleEndian, Step yes, Step no) {
        int low = Word.offset(Word.low(comparison.index(), littleEndian));
        WordSet lower = WordSet.masked((int) comparison.mask(), (int) comparison.value());
        Step step = in(low, lower, yes, no);
        if (comparison.bits() == 32) {
            return step;
        }
        int high = Word.offset(Word.high(comparison.index(), littleEndian));
        WordSet upper = WordSet.masked((int) (comparison.mask() >>> 32), (int) (comparison.value() >>> 32));
        return in(high, upper, step, no);
    }

    private Step below(Comparison comparison, boolean equal, boolean littleEndian, Step yes, Step no) {
        int low = Word.offset(Word.low(comparison.index(), littleEndian));
        int value = (int) comparison.value();
        Step step;
        if (equal) {
            step = in(low, WordSet.range(0, value), yes, no);
        } else {
            step = steps.atLeast(low, value, no, yes);
        }
        if (comparison.bits() == 32) {
            return step;
        }
        int high = Word.offset(Word.high(comparison.index(), littleEndian));
        int upper = (int) (comparison.value() >>> 32);
        return steps.equal(high, upper, step, steps.atLeast(high, upper, no, yes));
    }
}
