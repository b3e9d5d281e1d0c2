package dev.acktrace.cli.repl;

import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import java.util.ArrayList;
import java.util.List;

/** Where a call came from: file, symbol and offset. */
final class CallSites {
    private CallSites() {}

    /** The innermost place first; empty if the helper could not tell. */
    static List<String> of(RingRecord record) {
        List<String> frames = new ArrayList<>();
        for (Text text : record.texts()) {
            if (text.kind() == TextKind.SITE) {
                frames.add(Symbols.describe(text.string(), record.siteOffset()));
            }
        }
        return frames;
    }
}
