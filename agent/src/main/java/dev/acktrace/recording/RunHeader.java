package dev.acktrace.recording;

import dev.acktrace.wire.Segment;
import java.util.HexFormat;
import java.util.List;

/**
 * What is known before the target starts.
 *
 * @param id 32 hexadecimal digits, random; runs of one id are one run
 * @param command the target's argument vector, malformed bytes replaced; empty if it was attached to
 * @param backend {@code trace}, {@code ack}, …
 * @param options the options that change what is seen, as {@code name=value}, sorted
 * @param startMs milliseconds since 1970
 * @param kernel release of the kernel
 * @param machine architecture as {@code uname -m} says
 * @param libc C library of the host; empty if unknown
 * @param tool version of acktrace
 */
public record RunHeader(
        String id,
        List<String> command,
        String backend,
        List<String> options,
        long startMs,
        String kernel,
        String machine,
        String libc,
        String tool) {
    /** Copies the lists. */
    public RunHeader {
        command = List.copyOf(command);
        options = List.copyOf(options);
    }

    /**
     * The id of the only run of a segment: its creation by two clocks, so that a segment that was saved is known to
     * be the run of the recording that the learner wrote.
     */
    public static String idOf(Segment segment) {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(segment.epochRealtime()) + hex.toHexDigits(segment.epochMonotonic());
    }

    /** Whether the learner did not write it. */
    boolean salvaged() {
        return options.contains(SalvagedRun.OPTION);
    }
}
