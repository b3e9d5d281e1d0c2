package dev.acktrace.it;

/** How the calls of a target are seen. */
enum Backend {
    TRACE("trace"),
    ACK("ack");

    private final String option;

    Backend(String option) {
        this.option = option;
    }

    /** The word behind {@code --backend}. */
    String option() {
        return option;
    }
}
