package dev.acktrace.wire;

import java.nio.charset.StandardCharsets;

/**
 * Bytes that were read from the target's memory or from /proc beside a record.
 *
 * @param kind what they are
 * @param argument index of the argument they belong to; 255 for none
 * @param truncated whether the text went on
 * @param bytes at most {@link Wire#TEXT_MAX}; shared, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy for each reader would cost more than it protects
public record Text(TextKind kind, int argument, boolean truncated, byte[] bytes) {
    /** The bytes as UTF-8, malformed ones replaced. */
    public String string() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
