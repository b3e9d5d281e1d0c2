package dev.acktrace.generalize;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Operator;
import dev.acktrace.syscall.ArgumentKind;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The values of one argument that were seen, and what to allow for them: exact set, mask, or anything. */
final class ArgumentSet {
    private static final int MOST_VALUES = 16;
    private static final int MOST_FLAG_VALUES = 4;

    private final String call;
    private final int index;
    private final long mask;
    private final ArgumentKind kind;
    private final SortedSet<Long> values = new TreeSet<>(Long::compareUnsigned);

    /**
     * No value yet.
     *
     * @param mask the bits that were recorded
     */
    ArgumentSet(String call, int index, long mask, ArgumentKind kind) {
        this.call = call;
        this.index = index;
        this.mask = mask;
        this.kind = kind;
    }

    void add(long value) {
        values.add(value & mask & ~ArgumentFacts.free(call, index));
    }

    private int bits() {
        return mask >>> 32 == 0 ? 32 : 64;
    }

    /** Alternatives of which one must hold; empty if anything is allowed. */
    List<Comparison> alternatives() {
        long pinned = mask & ~ArgumentFacts.free(call, index);
        long exact = ArgumentFacts.exact(call, index);
        boolean flags = kind == ArgumentKind.FLAGS;
        int most = flags && exact == 0 ? MOST_FLAG_VALUES : MOST_VALUES;
        if (values.size() <= most) {
            return values.stream().map(value -> equal(pinned, value)).toList();
        }
        return flags ? noBitsOutside(pinned, exact) : List.of();
    }

    private Comparison equal(long pinned, long value) {
        long all = bits() == 32 ? 0xFFFF_FFFFL : -1L;
        return pinned == all
                ? new Comparison(index, Operator.EQ, bits(), -1L, value)
                : new Comparison(index, Operator.MASKED_EQ, bits(), pinned, value);
    }

    /** A mask for the harmless bits; the others in each combination that was seen. */
    private List<Comparison> noBitsOutside(long pinned, long exact) {
        long union = 0;
        SortedSet<Long> combinations = new TreeSet<>(Long::compareUnsigned);
        for (long value : values) {
            union |= value & ~exact;
            combinations.add(value & exact);
        }
        List<Comparison> alternatives = new ArrayList<>();
        for (long combination : combinations) {
            alternatives.add(new Comparison(index, Operator.MASKED_EQ, bits(), pinned & ~union, combination));
        }
        return alternatives;
    }

    /** Whether {@link #alternatives} allow more than what was seen. */
    boolean widened() {
        return values.size() > MOST_FLAG_VALUES && alternatives().size() < values.size();
    }
}
