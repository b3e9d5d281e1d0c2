package dev.acktrace.wire;

/** {@code enum wire_failure}: the step of the launch that failed. */
public enum LaunchFailure {
    /** None. */
    NONE("no step"),
    /** fork(2) of the target or of the supervisor. */
    FORK("fork"),
    /** PTRACE_SEIZE. */
    SEIZE("PTRACE_SEIZE"),
    /** prctl(PR_SET_NO_NEW_PRIVS). */
    NO_NEW_PRIVS("prctl(PR_SET_NO_NEW_PRIVS)"),
    /** seccomp(SECCOMP_SET_MODE_FILTER). */
    FILTER("seccomp(SECCOMP_SET_MODE_FILTER)"),
    /** execve(2) of the target. */
    EXEC("execve"),
    /** The supervisor died or could not start. */
    SUPERVISOR("the supervisor"),
    /** Attaching to a running process. */
    ATTACH("attaching");

    private static final LaunchFailure[] ALL = values();

    private final String step;

    LaunchFailure(String step) {
        this.step = step;
    }

    /** The failure of a number; unknown numbers count as {@link #SUPERVISOR}. */
    public static LaunchFailure of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : SUPERVISOR;
    }

    /** The step as a kernel programmer would call it. */
    public String step() {
        return step;
    }
}
