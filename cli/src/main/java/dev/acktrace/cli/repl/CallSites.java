package dev.acktrace.cli.repl;

import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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

    /** Who called that code, as far as frame pointers tell; the innermost first. A return address stands behind a call. */
    static List<String> callers(RingRecord record) {
        List<String> frames = new ArrayList<>();
        for (Text text : record.texts()) {
            if (text.kind() == TextKind.FRAME && text.bytes().length > Long.BYTES) {
                ByteBuffer bytes = ByteBuffer.wrap(text.bytes()).order(ByteOrder.LITTLE_ENDIAN);
                long offset = bytes.getLong();
                frames.add(Symbols.describe(StandardCharsets.UTF_8.decode(bytes).toString(), offset));
            }
        }
        return frames;
    }
}
