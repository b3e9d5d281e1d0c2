package dev.acktrace.wire;

/** {@code enum wire_note}: what was different for the target because it was watched. */
public enum Note {
    /** A privileged file ran without its privilege. */
    PRIVILEGED_IMAGE(
            0,
            "privileged_image",
            "set-user-id, set-group-id or capable files ran without their privilege (no_new_privs)"),
    /** ptrace was refused. */
    PTRACE_REFUSED(
            1, "ptrace_refused", "ptrace requests of the target were refused: what is learned cannot be traced too"),
    /** A listener was refused. */
    LISTENER_REFUSED(2, "listener_refused", "user-notification filters of the target were refused"),
    /** CLONE_UNTRACED was cleared. */
    UNTRACED_CLEARED(3, "untraced_cleared", "clones lost their CLONE_UNTRACED flag");

    private final int number;
    private final String key;
    private final String meaning;

    Note(int number, String key, String meaning) {
        this.number = number;
        this.key = key;
        this.meaning = meaning;
    }

    /** Name in recordings. */
    public String key() {
        return key;
    }

    /** What is counted, to stand behind the number. */
    public String meaning() {
        return meaning;
    }

    /** The number in {@code wire.h}. */
    int number() {
        return number;
    }
}
