package dev.acktrace.refine;

/** What becomes of the calls of a shape at present. */
public enum Standing {
    /** Executed in learn mode, without a decision. */
    LEARNED("learned"),
    /** A rule allows it. */
    ALLOWED("allowed"),
    /** A rule answers an errno. */
    DENIED("denied"),
    /** A rule kills. */
    KILLED("killed"),
    /** Unknown, and refused in enforce mode. */
    REFUSED("refused"),
    /** A rule decides call by call. */
    SPLIT("by arguments"),
    /** A thread waits for an answer. */
    ASKED("asked"),
    /** Seen, answered once or taken back: the next call is unknown again. */
    OPEN("open");

    private final String label;

    Standing(String label) {
        this.label = label;
    }

    /** In a word or two. */
    public String label() {
        return label;
    }
}
