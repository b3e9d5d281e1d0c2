package dev.acktrace.refine;

import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Tightened;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects what becomes of one filter that is stacked onto a target. Safe for several threads. */
public final class Tightening {
    private final int serial;
    private final List<Word> words = new ArrayList<>();
    private Optional<Total> total = Optional.empty();

    /**
     * What became of one thread.
     *
     * @param errno why the kernel refused; 0 if it was not asked
     */
    public record Word(Tightened what, int pid, int tid, String name, int errno) {
        /** Reads a record; empty if it says nothing that this side knows. */
        public static Optional<Word> of(RingRecord record) {
            String name = "";
            for (Text text : record.texts()) {
                name = text.kind() == TextKind.COMMAND ? text.string() : name;
            }
            String comm = name;
            int errno = (int) Math.max(0, Math.min(4095, -record.result()));
            return Tightened.of(record.number()).map(what -> new Word(what, record.pid(), record.tid(), comm, errno));
        }
    }

    /**
     * The sum.
     *
     * @param have tasks that have the filter
     * @param without tasks that have not
     * @param processes that got it for all their threads at once
     */
    public record Total(long have, long without, long processes) {}

    /** Waits for records with this serial. */
    Tightening(int serial) {
        this.serial = serial;
    }

    /** Takes a record of kind {@link RingRecord#TIGHTENED}; those of others are left. */
    synchronized void take(RingRecord record) {
        if (record.arguments()[0] != serial || total.isPresent()) {
            return;
        }
        Optional<Word> word = Word.of(record);
        if (word.isPresent() && word.get().what() == Tightened.TOTAL) {
            long[] numbers = record.arguments();
            total = Optional.of(new Total(numbers[1], numbers[2], numbers[3]));
            notifyAll();
        } else if (word.isPresent()) {
            words.add(word.get());
        }
    }

    /** Waits for the last word; empty if it does not come in time. */
    synchronized Optional<Total> await(long ms) throws InterruptedException {
        long until = System.nanoTime() + ms * 1_000_000;
        for (long rest = ms; total.isEmpty() && rest > 0; rest = (until - System.nanoTime()) / 1_000_000) {
            wait(rest);
        }
        return total;
    }

    /** What became of single threads, in the order in which it was told. */
    public synchronized List<Word> words() {
        return List.copyOf(words);
    }

    /** The sum; empty before the last word. */
    public synchronized Optional<Total> total() {
        return total;
    }
}
