package dev.acktrace.bpf;

/** Steps that an analysis may take altogether, so that no input keeps it busy for long. */
final class Budget {
    private static final int MOST = 30_000_000;

    private int left = MOST;

    /**
     * Takes some steps.
     *
     * @throws TooComplex if there are no more
     */
    void take(int steps) {
        left -= steps;
        if (left < 0) {
            throw new TooComplex("more than " + MOST + " steps to tell its cases apart");
        }
    }
}
