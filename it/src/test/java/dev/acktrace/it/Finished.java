package dev.acktrace.it;

/**
 * A command that ended.
 *
 * @param status exit status; 128 + N after signal N; {@link #TIMED_OUT} if it had to be killed
 * @param stdout bytes as ISO 8859-1, so that equality of texts is equality of bytes
 * @param stderr as UTF-8
 */
record Finished(int status, String stdout, String stderr) {
    static final int TIMED_OUT = -1;

    @Override
    public String toString() {
        return "status " + (status == TIMED_OUT ? "none (killed by the time limit)" : status) + "\nstdout: "
                + shortened(stdout) + "\nstderr: " + shortened(stderr);
    }

    private static String shortened(String text) {
        return text.length() <= 4000
                ? text
                : text.substring(0, 2000) + "\n[…]\n" + text.substring(text.length() - 2000);
    }
}
