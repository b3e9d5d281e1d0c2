package dev.acktrace.cli.repl;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The arguments with which a call was seen, as conditions. */
final class ArgumentChoices {
    private ArgumentChoices() {}

    /** One condition for each combination of significant arguments that was seen; empty if there are none. */
    static List<Condition> of(ReplContext context, Syscall call) {
        long[] masks = Masks.of(call);
        TreeSet<Condition> conditions = new TreeSet<>();
        for (ShapeView view : context.session().engine().shapes()) {
            ShapeKey key = view.shape().key();
            if (key.call().equals(call) && key.significant() != 0) {
                conditions.add(condition(key, masks));
            }
        }
        return List.copyOf(conditions);
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
