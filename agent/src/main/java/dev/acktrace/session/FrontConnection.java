package dev.acktrace.session;

import dev.acktrace.fault.FaultException;

/**
 * The descriptors that the helper handed down, as {@code ACKTRACE_FRONT} names them.
 *
 * @param segment descriptor of the shared segment
 * @param doorbell descriptor to read from
 * @param commands descriptor to write to
 * @param frontPid process id of the helper
 * @param status descriptor of the page that no target maps
 */
public record FrontConnection(int segment, int doorbell, int commands, int frontPid, int status) {
    /** The environment variable. */
    public static final String VARIABLE = "ACKTRACE_FRONT";

    /**
     * Reads the variable's value.
     *
     * @param value five decimal numbers with commas between them
     * @throws FaultException if it is anything else
     */
    public static FrontConnection parse(String value) throws FaultException {
        int[] numbers = new int[5];
        int at = 0;
        for (int i = 0; i < numbers.length; i++) {
            int comma = i == numbers.length - 1 ? value.length() : value.indexOf(',', at);
            if (comma < 0) {
                throw malformed(value);
            }
            try {
                numbers[i] = Integer.parseInt(value.substring(at, comma));
            } catch (NumberFormatException e) {
                throw malformed(value);
            }
            if (numbers[i] < 0) {
                throw malformed(value);
            }
            at = comma + 1;
        }
        return new FrontConnection(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    }

    /**
     * The connection of this process.
     *
     * @throws FaultException if the process was not started by the helper
     */
    public static FrontConnection ofEnvironment() throws FaultException {
        String value = System.getenv(VARIABLE);
        if (value == null || value.isEmpty()) {
            throw new FaultException(
                    "cannot start a target",
                    "the helper is not there (" + VARIABLE + " is not set)",
                    "Start acktrace by its script 'acktrace', not by java -jar.");
        }
        return parse(value);
    }

    private static FaultException malformed(String value) {
        return new FaultException(
                "cannot reach the helper",
                VARIABLE + " is '" + value + "'",
                "The variable is for the helper alone; unset it and start acktrace by its script.");
    }
}
