package dev.acktrace.refine;

import java.util.List;

/** One line of a journal. */
public sealed interface JournalEntry {
    /** When, milliseconds since 1970. */
    long atMs();

    /**
     * A session began.
     *
     * @param command the target's command line; empty if there is none yet
     * @param recording id of the run in the recording; empty if nothing is recorded
     */
    record Opened(long atMs, String who, List<String> command, String recording) implements JournalEntry {
        /** Copies the list. */
        public Opened {
            command = List.copyOf(command);
        }
    }

    /** Somebody decided. */
    record Made(Decision decision) implements JournalEntry {
        @Override
        public long atMs() {
            return decision.atMs();
        }
    }

    /** The last standing decision was taken back. */
    record Undone(long atMs, int decision) implements JournalEntry {}

    /** A decision that was taken back stands again. */
    record Redone(long atMs, int decision) implements JournalEntry {}

    /** A note on a decision; decision 0: on the session. */
    record Noted(long atMs, int decision, String text) implements JournalEntry {}

    /** The mode changed. */
    record ModeSet(long atMs, Mode mode) implements JournalEntry {}

    /** A phase began. */
    record PhaseBegan(long atMs, String name) implements JournalEntry {}

    /**
     * A filter was stacked onto the running target.
     *
     * @param rules of the policy
     * @param kernel whether the kernel answers what is denied
     * @param have how many threads have it
     * @param without how many have not
     */
    record Stacked(long atMs, int rules, boolean kernel, long have, long without) implements JournalEntry {}

    /** The policy was written. */
    record Saved(long atMs, String path, boolean approvedOnly) implements JournalEntry {}
}
