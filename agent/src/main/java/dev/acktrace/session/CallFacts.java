package dev.acktrace.session;

import dev.acktrace.recording.Observations;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.ArgumentKind;
import dev.acktrace.syscall.ShapeFacts;
import dev.acktrace.syscall.SignificantArguments;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Wire;
import dev.acktrace.wire.WireAbi;
import org.jspecify.annotations.Nullable;

/** What of every call makes its shape, in this process and in the segment. */
public final class CallFacts implements Observations.Masks {
    private static final long[] NOTHING = new long[Wire.ARGUMENTS];

    private final long[] @Nullable [] masks = new long[Wire.ABIS * Wire.NUMBERS][];

    private CallFacts() {}

    /**
     * Writes the facts of all calls that the tables know into a segment. Before the launch.
     *
     * @param arguments whether significant arguments are part of the shape; if not, a shape is image and number
     */
    public static CallFacts write(Segment segment, boolean arguments) {
        CallFacts facts = new CallFacts();
        for (int abi = 0; abi < Wire.ABIS; abi++) {
            Abi table = WireAbi.of(abi);
            int largest = Math.min(SyscallTable.of(table).largest(), Wire.NUMBERS - 1);
            for (int number = 0; number <= largest; number++) {
                facts.write(segment, abi, number, SignificantArguments.of(table, number), arguments);
            }
        }
        return facts;
    }

    private void write(Segment segment, int abi, int number, ShapeFacts facts, boolean arguments) {
        long[] mask = new long[Wire.ARGUMENTS];
        TextKind[] texts = new TextKind[Wire.ARGUMENTS];
        int[] lengths = new int[Wire.ARGUMENTS];
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            mask[i] = arguments ? facts.mask(i) : 0;
            ArgumentKind kind = facts.texts().get(i);
            texts[i] = kind == ArgumentKind.PATH
                    ? TextKind.PATH
                    : kind == ArgumentKind.SOCKADDR ? TextKind.SOCKADDR : TextKind.NONE;
            lengths[i] = facts.lengths().get(i);
        }
        masks[abi * Wire.NUMBERS + number] = mask;
        segment.facts(abi, number, mask, texts, lengths);
    }

    @Override
    public long[] of(int abi, int number) {
        if (abi < 0 || abi >= Wire.ABIS || number < 0 || number >= Wire.NUMBERS) {
            return NOTHING;
        }
        long[] mask = masks[abi * Wire.NUMBERS + number];
        return mask == null ? NOTHING : mask;
    }
}
