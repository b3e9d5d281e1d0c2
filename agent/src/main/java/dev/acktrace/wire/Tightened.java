package dev.acktrace.wire;

import java.util.Optional;

/** {@code enum wire_tightened}: what became of a filter that was stacked onto a running target. */
public enum Tightened {
    /** The last word: how many tasks have it. */
    TOTAL(0, ""),
    /** Has it after all. */
    LATE(1, "follows now"),
    /** Its filters kept its siblings from getting it at once. */
    APART(2, "its filters are not those of its siblings; each thread gets the filter by itself"),
    /** Strict mode. */
    STRICT(3, "it is in seccomp's strict mode, which any other system call ends"),
    /** Own filters. */
    OWN_FILTER(4, "it has filters of its own, which may kill it for trying; --force tries"),
    /** 32-bit code. */
    NARROW(5, "it runs 32-bit code"),
    /** No system call instruction. */
    NO_PLACE(6, "no system call instruction was found in its memory"),
    /** Did not stop. */
    STUCK(7, "it waits inside the kernel; it follows when it stops"),
    /** The kernel refused. */
    REFUSED(8, "the kernel refused");

    private final int number;
    private final String meaning;

    Tightened(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** By the number in {@code wire.h}; empty for one that is not there. */
    public static Optional<Tightened> of(int number) {
        return number >= 0 && number < values().length ? Optional.of(values()[number]) : Optional.empty();
    }

    /** Why, or what follows, without a full stop. */
    public String meaning() {
        return meaning;
    }

    /** The number in {@code wire.h}. */
    public int number() {
        return number;
    }
}
