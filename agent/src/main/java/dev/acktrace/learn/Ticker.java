package dev.acktrace.learn;

/** Calls something once a second in a thread of its own, until it is closed. Never interrupts: that closes channels. */
final class Ticker implements AutoCloseable {
    private static final long PERIOD_MS = 1000;

    private final Runnable tick;
    private boolean closed;

    Ticker(Runnable tick) {
        this.tick = tick;
    }

    void start() {
        Thread thread = new Thread(this::run, "acktrace-ticker");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (pause()) {
            tick.run();
        }
    }

    /** Waits for the next second; returns false if there is none. */
    private synchronized boolean pause() {
        long until = System.nanoTime() + PERIOD_MS * 1_000_000;
        long rest = PERIOD_MS;
        while (!closed && rest > 0) {
            try {
                wait(rest);
            } catch (InterruptedException e) {
                closed = true;
            }
            rest = (until - System.nanoTime()) / 1_000_000;
        }
        return !closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
