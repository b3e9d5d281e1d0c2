package dev.acktrace.bpf;

/** Text that is no program: which line, and why. */
public final class AssemblyException extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;

    AssemblyException(int line, String problem) {
        super(problem);
        this.line = line;
    }

    /** The line, from 1. */
    public int line() {
        return line;
    }
}
