package dev.acktrace.format;

/**
 * How to read an OCI policy.
 *
 * @param host what conditional entries and {@code archMap} are resolved against
 * @param lenient whether names of calls that nobody knows are ignored with a warning, as runc does
 * @param reading whose reading of the specification counts where runtimes differ
 */
public record OciOptions(HostFacts host, boolean lenient, Reading reading) {
    /** Readers of OCI policies that differ. */
    public enum Reading {
        /** The specification's text. */
        OCI,
        /** Ignores an errno that the action does not take. */
        RUNC,
        /** Like the specification. */
        CRUN
    }

    /** Strict, by the specification, on this machine. */
    public static OciOptions strict() {
        return new OciOptions(HostFacts.here(), false, Reading.OCI);
    }

    public OciOptions withLenient(boolean value) {
        return new OciOptions(host, value, reading);
    }

    public OciOptions withHost(HostFacts value) {
        return new OciOptions(value, lenient, reading);
    }

    public OciOptions withReading(Reading value) {
        return new OciOptions(host, lenient, value);
    }
}
