package dev.acktrace.lint;

/**
 * Something in a policy that may not be what its author wants.
 *
 * @param severity how bad
 * @param code a short name that does not change
 * @param call the call it is about; empty for the policy as a whole
 * @param line where it stands in the file, from 1; 0 if that is not known
 * @param reason what is wrong
 * @param remedy what to do
 */
public record Finding(Severity severity, String code, String call, int line, String reason, String remedy) {
    /** From bad to good to know. */
    public enum Severity {
        HIGH,
        MEDIUM,
        LOW,
        /** True of most policies. */
        INFO
    }
}
