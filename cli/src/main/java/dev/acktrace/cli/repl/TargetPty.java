package dev.acktrace.cli.repl;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jline.terminal.Size;
import org.jline.terminal.impl.jni.linux.LinuxNativePty;
import org.jline.terminal.spi.TerminalProvider;

/** Pseudo terminals for targets, pty(7): one a session, made when the first target wants it. */
final class TargetPty implements TargetOutput, AutoCloseable {
    private static final int KEPT_LINES = 2000;
    private static final int LONGEST_LINE = 4096;

    private final Consumer<String> onLine;
    private final Foreground foreground;
    private final Deque<String> kept = new ArrayDeque<>();
    private final StringBuilder unfinished = new StringBuilder();
    private Optional<LinuxNativePty> pty = Optional.empty();
    private Optional<OutputStream> log = Optional.empty();
    private Optional<OutputStream> shown = Optional.empty();
    private boolean discards;

    /** Hands a terminal over to a target until that ends or the person comes back. */
    interface Foreground {
        /**
         * Copies keys to the target.
         *
         * @param keys where they go
         * @return false if there is no terminal to hand over
         */
        boolean run(TargetPty pty, OutputStream keys) throws IOException;
    }

    /**
     * No terminal yet.
     *
     * @param onLine is told each whole line that a target writes; in a thread of its own
     * @param foreground what {@code fg} does
     */
    TargetPty(Consumer<String> onLine, Foreground foreground) {
        this.onLine = onLine;
        this.foreground = foreground;
    }

    @Override
    public synchronized String prepare(String tty) throws FaultException {
        closeLog();
        if (tty.equals("share")) {
            return "";
        }
        discards = tty.equals("none");
        try {
            if (tty.startsWith("log:")) {
                log = Optional.of(new FileOutputStream(tty.substring("log:".length()), true));
            }
            if (pty.isEmpty()) {
                LinuxNativePty made = LinuxNativePty.open(TerminalProvider.load("jni"), null, Size.of(80, 24));
                pty = Optional.of(made);
                Thread thread = new Thread(() -> pump(made), "acktrace-pty");
                thread.setDaemon(true);
                thread.start();
            }
            return pty.get().getName();
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot give the target a terminal (" + tty + ")",
                            AtomicFile.reason(e),
                            "'set tty share' lets it use ours."),
                    e);
        }
    }

    private void pump(LinuxNativePty from) {
        byte[] bytes = new byte[4096];
        try (InputStream input = from.getMasterInput()) {
            int count = input.read(bytes);
            while (count >= 0) {
                take(bytes, count);
                count = input.read(bytes);
            }
        } catch (IOException e) {
            // The terminal was closed with the session.
        }
    }

    private void take(byte[] bytes, int count) throws IOException {
        List<String> whole = new ArrayList<>();
        synchronized (this) {
            if (log.isPresent()) {
                log.get().write(bytes, 0, count);
            }
            if (shown.isPresent()) {
                shown.get().write(bytes, 0, count);
                shown.get().flush();
            }
            if (discards) {
                return;
            }
            String text = new String(bytes, 0, count, StandardCharsets.UTF_8);
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '\n' || unfinished.length() >= LONGEST_LINE) {
                    whole.add(unfinished.toString());
                    unfinished.setLength(0);
                }
                if (c != '\n' && c != '\r') {
                    unfinished.append(c);
                }
            }
            kept.addAll(whole);
            while (kept.size() > KEPT_LINES) {
                kept.removeFirst();
            }
            if (shown.isPresent() || log.isPresent()) {
                return;
            }
        }
        whole.forEach(onLine);
    }

    /** From now on the target's output goes there as it is; an empty value ends that. */
    synchronized void show(Optional<OutputStream> to) {
        shown = to;
    }

    /** Tells the target the size of its window. */
    synchronized void resize(int columns, int rows) {
        if (pty.isPresent()) {
            try {
                pty.get().setSize(Size.of(Math.max(1, columns), Math.max(1, rows)));
            } catch (IOException e) {
                // It keeps the size that it has.
            }
        }
    }

    @Override
    public synchronized List<String> tail(int lines) {
        List<String> all = new ArrayList<>(kept);
        if (!unfinished.isEmpty()) {
            all.add(unfinished.toString());
        }
        return all.subList(Math.max(0, all.size() - lines), all.size());
    }

    @Override
    public boolean foreground() throws FaultException {
        Optional<LinuxNativePty> to;
        synchronized (this) {
            to = pty;
        }
        if (to.isEmpty()) {
            return false;
        }
        try {
            return foreground.run(this, to.get().getMasterOutput());
        } catch (IOException e) {
            throw new FaultException(
                    new Fault("cannot show the target", AtomicFile.reason(e), "'log' shows its last lines."), e);
        }
    }

    private void closeLog() {
        if (log.isPresent()) {
            try {
                log.get().close();
            } catch (IOException e) {
                // What was written stays.
            }
            log = Optional.empty();
        }
    }

    @Override
    public synchronized void close() {
        closeLog();
        // Closing would wait for the thread that reads; the kernel closes it with this process.
    }
}
