package dev.acktrace.cli.repl;

import dev.acktrace.syscall.ShapeFacts;
import dev.acktrace.syscall.SignificantArguments;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Wire;

/** Which bits of arguments belong to a shape. */
final class Masks {
    private Masks() {}

    static long[] of(Syscall call) {
        ShapeFacts facts = SignificantArguments.of(call.abi(), call.number());
        long[] masks = new long[Wire.ARGUMENTS];
        for (int i = 0; i < masks.length; i++) {
            masks[i] = facts.mask(i);
        }
        return masks;
    }
}
