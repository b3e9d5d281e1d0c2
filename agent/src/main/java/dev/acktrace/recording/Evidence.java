package dev.acktrace.recording;

import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A text that an argument pointed to, read when the call was reported. Another thread can have changed it since:
 * evidence, not proof.
 *
 * @param kind {@code path}, {@code sockaddr}, {@code command}
 * @param argument index of the argument; 255 for none
 * @param truncated whether it went on
 * @param hex whether {@code text} is hexadecimal digits, because the bytes are no text
 * @param text the text
 */
public record Evidence(String kind, int argument, boolean truncated, boolean hex, String text)
        implements Comparable<Evidence> {
    /** What came through the ring, in the form that a recording keeps. */
    public static Evidence of(Text text) {
        byte[] bytes = text.bytes();
        String decoded = new String(bytes, StandardCharsets.UTF_8);
        boolean hex =
                text.kind() == TextKind.SOCKADDR || !Arrays.equals(bytes, decoded.getBytes(StandardCharsets.UTF_8));
        return new Evidence(
                text.kind().key(),
                text.argument(),
                text.truncated(),
                hex,
                hex ? HexFormat.of().formatHex(bytes).toLowerCase(Locale.ROOT) : decoded);
    }

    @Override
    public int compareTo(Evidence other) {
        int order = Integer.compare(argument, other.argument);
        if (order == 0) {
            order = kind.compareTo(other.kind);
        }
        if (order == 0) {
            order = text.compareTo(other.text);
        }
        if (order == 0) {
            order = Boolean.compare(hex, other.hex);
        }
        return order != 0 ? order : Boolean.compare(truncated, other.truncated);
    }
}
