package dev.acktrace.format;

/**
 * Reads a policy in any format that can be read, told apart by what the text begins with.
 */
public final class PolicyReader {
    private PolicyReader() {}

    /**
     * Reads a policy.
     *
     * @param bytes the file's bytes
     * @param source the file's name, for messages
     * @throws FormatException if it is not a policy that can be relied on
     */
    public static Imported read(byte[] bytes, String source, OciOptions options) throws FormatException {
        if (isProgram(bytes)) {
            throw new FormatException(
                    source, 0, 0, "this is a compiled filter, not a policy", "'acktrace explain' says what it allows.");
        }
        return OciReader.read(bytes, source, options);
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
