package dev.acktrace.cli.repl;

import dev.acktrace.generalize.Generalizer;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** The arguments with which a call was seen, as conditions. */
final class ArgumentChoices {
    private ArgumentChoices() {}

    /**
     * What a call can be allowed with, each as alternatives of which one must hold: each combination of significant
     * arguments that was seen, and last what a policy of all of them would have; empty if there are none.
     */
    static List<List<Condition>> of(ReplContext context, Syscall call) {
        long[] masks = Masks.of(call);
        TreeSet<Condition> seen = new TreeSet<>();
        List<ShapeKey> keys = new ArrayList<>();
        for (ShapeView view : context.session().engine().shapes()) {
            ShapeKey key = view.shape().key();
            if (key.call().equals(call) && key.significant() != 0) {
                seen.add(condition(key, masks));
                keys.add(key);
            }
        }
        List<List<Condition>> choices = new ArrayList<>();
        seen.forEach(condition -> choices.add(List.of(condition)));
        if (choices.size() > 1) {
            generalized(call, keys).filter(all -> !choices.contains(all)).ifPresent(choices::add);
        }
        return choices;
    }

    /** What a policy of these shapes would hold the arguments to; empty if it would let them go. */
    static Optional<List<Condition>> generalized(Syscall call, Collection<ShapeKey> keys) {
        List<Condition> all = Generalizer.alternatives(call.name(), keys);
        return all.stream().anyMatch(Condition::always) ? Optional.empty() : Optional.of(all);
    }

    private static Condition condition(ShapeKey key, long[] masks) {
        List<Comparison> all = new ArrayList<>();
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            if (key.isSignificant(i)) {
                all.add(exactly(i, masks[i], key.argument(i)));
            }
        }
        return new Condition(all);
    }

    /** The comparison that holds for one value under a mask. */
    static Comparison exactly(int index, long mask, long value) {
        if (mask == 0xFFFF_FFFFL) {
            return Comparison.narrow(index, Operator.EQ, value);
        }
        return mask == -1L ? Comparison.of(index, Operator.EQ, value) : Comparison.masked(index, mask, value);
    }
}
