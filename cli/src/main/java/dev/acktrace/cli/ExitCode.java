package dev.acktrace.cli;

/**
 * The exit statuses that acktrace itself gives. Where a target ran, its own status is passed on instead, and a target
 * that a signal ended gives {@link #SIGNAL_BASE} plus the signal's number. The numbers are those of env(1), nohup(1)
 * and timeout(1).
 */
public final class ExitCode {
    /** Everything was done. */
    public static final int OK = 0;

    /** A check found what it looks for: a difference, a finding of {@code lint}. */
    public static final int FINDINGS = 1;

    /** The command line was wrong; nothing was done. */
    public static final int USAGE = 2;

    /** acktrace failed: a file, the helper, the kernel's refusal of a filter. */
    public static final int OWN_FAILURE = 125;

    /** The target was found and cannot be executed. */
    public static final int NOT_EXECUTABLE = 126;

    /** The target was not found. */
    public static final int NOT_FOUND = 127;

    /** Signal N gives 128 + N. */
    public static final int SIGNAL_BASE = 128;

    /** The reader of stdout went away, as SIGPIPE would have ended a program. */
    public static final int BROKEN_PIPE = SIGNAL_BASE + 13;

    private ExitCode() {}
}
