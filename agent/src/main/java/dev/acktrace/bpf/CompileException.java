package dev.acktrace.bpf;

/** A policy for which there is no filter. */
public final class CompileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CompileException(int instructions) {
        super("the filter has " + instructions + " instructions, and the kernel takes at most "
                + Program.MAX_INSTRUCTIONS
                + "; use fewer argument values, fewer architectures, or two filters, one behind the other");
    }

    CompileException(String message) {
        super(message);
    }
}
