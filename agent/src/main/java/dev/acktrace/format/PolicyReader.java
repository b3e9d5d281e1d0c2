package dev.acktrace.format;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads a policy in any format that can be read, told apart by what the text holds: OCI, Docker and Podman (JSON),
 * the {@code SeccompProfile} of Kubernetes (YAML), minijail, the text for review, the output of strace, lines of the audit log,
 * and compiled filters.
 */
public final class PolicyReader {
    private static final int HEAD = 200;

    private PolicyReader() {}

    /**
     * Reads a policy.
     *
     * @param bytes the file's bytes
     * @param source the file's name, for messages
     * @throws FormatException if it is not a policy that can be relied on
     */
    public static Imported read(byte[] bytes, String source, OciOptions options) throws FormatException {
        return read(bytes, source, options, Includes.NONE);
    }

    /** The same with a way to the files that a policy names. */
    public static Imported read(byte[] bytes, String source, OciOptions options, Includes includes)
            throws FormatException {
        if (isProgram(bytes)) {
            return FilterReader.read(bytes, source, options);
        }
        String head = new String(bytes, 0, Math.min(bytes.length, 1 << 16), StandardCharsets.ISO_8859_1);
        String text = head.stripLeading();
        if (text.isEmpty() || text.startsWith("{\"") || text.startsWith("{\n") || isJson(text)) {
            return OciReader.read(bytes, source, options);
        }
        List<String> lines = text.lines().limit(HEAD).toList();
        if (lines.stream().anyMatch(TextReader::isText)) {
            return TextReader.read(bytes, source, options);
        }
        if (lines.stream().anyMatch(line -> line.startsWith("apiVersion:") || line.startsWith("kind:"))) {
            return SpoReader.read(bytes, source, options);
        }
        if (lines.stream().anyMatch(LogReader::isAudit)) {
            return LogReader.audit(bytes, source, options);
        }
        if (lines.stream().anyMatch(LogReader::isStrace)) {
            return LogReader.strace(bytes, source, options);
        }
        if (lines.stream().anyMatch(PolicyReader::isMinijail)) {
            return MinijailReader.read(bytes, source, options, includes);
        }
        return OciReader.read(bytes, source, options);
    }

    /** A brace also begins a group of minijail; in JSON a quote or the other brace follows. */
    private static boolean isJson(String text) {
        if (!text.startsWith("{")) {
            return false;
        }
        String rest = text.substring(1).stripLeading();
        return rest.isEmpty() || rest.startsWith("\"") || rest.startsWith("}");
    }

    private static boolean isMinijail(String line) {
        return line.matches(
                "\\s*(@(default|include|frequency|denylist)\\b.*|[a-z_{][A-Za-z0-9_@, \\[\\]=;}]{0,200}:.*)");
    }

    /** Whether bytes look like an array of {@code struct sock_filter}: whole instructions, and not text. */
    public static boolean isProgram(byte[] bytes) {
        if (bytes.length == 0 || bytes.length % 8 != 0) {
            return false;
        }
        for (byte each : bytes) {
            if (each == 0) {
                return true;
            }
        }
        return false;
    }
}
