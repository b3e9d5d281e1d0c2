package dev.acktrace.bpf;

/** A policy or a program whose cases are too many to be told apart one by one. */
public final class TooComplex extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooComplex(String what) {
        super(what);
    }
}
