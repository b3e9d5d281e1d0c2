package dev.acktrace.wire;

/** {@code enum wire_state}: how far the target is. */
public enum TargetState {
    /** Nothing was launched. */
    IDLE,
    /** Forked, not yet executing the target. */
    LAUNCHING,
    /** The first execve succeeded, or all threads are attached to. */
    RUNNING,
    /** The root ended; children may live on. */
    ROOT_EXITED,
    /** Nobody is left, or all are let go. */
    ENDED,
    /** The launch or the attaching failed. */
    FAILED;

    private static final TargetState[] ALL = values();

    /** The state of a number; numbers that no state has count as {@link #FAILED}. */
    public static TargetState of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : FAILED;
    }

    /** Whether nothing follows: {@link #ENDED} or {@link #FAILED}. */
    public boolean isFinal() {
        return this == ENDED || this == FAILED;
    }
}
