package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code acktrace repl} with pipes for its three streams. */
final class ReplProcess implements AutoCloseable {
    /** Longer than anything here takes on a loaded machine; a test that meets it has failed. */
    static final long PATIENCE_MS = 60_000;

    private static final long STEP_MS = 20;

    private static final Pattern QUESTION = Pattern.compile("(?m)^question ([0-9]+)[^:\n]*: ([a-z0-9_]+)\\(");

    /** What a runtime does when threads meet, memory is short or time passes. */
    private static final Set<String> INCIDENTAL = Set.of(
            "futex", "sched_yield", "restart_syscall", "madvise", "mmap", "munmap", "mprotect", "brk", "getrandom");

    private final Process process;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();
    private final List<Thread> readers = new ArrayList<>();
    private int asked;

    private ReplProcess(Process process) {
        this.process = process;
        readers.add(reader(process.getInputStream(), out));
        readers.add(reader(process.getErrorStream(), err));
    }

    /** The root of the repository, in whose modules Maven runs the tests. */
    static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.isDirectory(at.resolve("native-helper"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalStateException("not inside the repository");
        }
        return at;
    }

    /** A program that the tests ask about; made anew in each directory. */
    static Path guest(Path directory) throws IOException {
        return Files.writeString(directory.resolve("guest.py"), """
                import ctypes, errno, fcntl, os, socket, sys, termios, threading, time
                libc = ctypes.CDLL(None, use_errno=True)
                listening = socket.socket()
                listening.bind(("127.0.0.1", 0))
                listening.listen(5)
                pipe = os.pipe()
                what = sys.argv[1:]
                def tell(*words):
                    os.write(1, (" ".join(str(w) for w in words) + "\\n").encode())
                def connect():
                    try:
                        client = socket.socket()
                        client.connect(listening.getsockname())
                        tell("connected")
                    except OSError as e:
                        tell("connect says", errno.errorcode[e.errno])
                def request(number):
                    ctypes.set_errno(0)
                    libc.ioctl(pipe[0], number, ctypes.create_string_buffer(256))
                    tell("ioctl", hex(number), "says", errno.errorcode.get(ctypes.get_errno(), "0"))
                def interval(*ignored):
                    ctypes.set_errno(0)
                    result = libc.sched_rr_get_interval(0, ctypes.create_string_buffer(16))
                    tell("interval says", errno.errorcode.get(ctypes.get_errno(), "0") if result else "0")
                def threads(function):
                    all = [threading.Thread(target=function, args=(1,)) for i in range(2)]
                    [t.start() for t in all]
                    [t.join() for t in all]
                threads(lambda x: None)
                time.sleep(0.01)
                tell("ready")
                for word in what:
                    if word == "connect": connect()
                    elif word == "group": request(termios.TIOCGPGRP)
                    elif word == "size": request(termios.TIOCGWINSZ)
                    elif word == "interval": interval()
                    elif word == "threads": threads(interval)
                    elif word == "sleep": time.sleep(1)
                tell("done")
                """);
    }

    /** Starts a session in a directory; lines are sent with {@link #send}. */
    static ReplProcess start(Path directory, String... words) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(root().resolve("acktrace").toString());
        command.add("repl");
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        return new ReplProcess(builder.start());
    }

    private static Thread reader(InputStream from, StringBuilder to) {
        Thread thread = new Thread(() -> {
            byte[] bytes = new byte[4096];
            try {
                for (int n = from.read(bytes); n >= 0; n = from.read(bytes)) {
                    synchronized (to) {
                        to.append(new String(bytes, 0, n, StandardCharsets.UTF_8));
                    }
                }
            } catch (IOException e) {
                // The process was killed.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Types lines. */
    void send(String... lines) throws IOException {
        OutputStream in = process.getOutputStream();
        for (String line : lines) {
            in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
        in.flush();
    }

    String out() {
        synchronized (out) {
            return out.toString();
        }
    }

    String err() {
        synchronized (err) {
            return err.toString();
        }
    }

    /** Waits until standard output has a text. */
    void expect(String text) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE_MS * 1_000_000;
        while (!out().contains(text) && System.nanoTime() < until) {
            Thread.sleep(STEP_MS);
        }
        assertThat(out()).as("standard error: %s", err()).contains(text);
    }

    /**
     * Waits for a question about a call and returns its number. Questions about calls that depend on how threads happen
     * to meet are allowed on the way.
     */
    int expectQuestion(String call) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE_MS * 1_000_000;
        while (System.nanoTime() < until) {
            Matcher matcher = QUESTION.matcher(out());
            while (matcher.find()) {
                int number = Integer.parseInt(matcher.group(1));
                if (number > asked && matcher.group(2).equals(call)) {
                    asked = number;
                    return number;
                }
                if (number > asked && INCIDENTAL.contains(matcher.group(2))) {
                    asked = number;
                    send("answer allow", "wait 60");
                }
            }
            Thread.sleep(STEP_MS);
        }
        assertThat(out()).as("asked about %s; standard error: %s", call, err()).isEmpty();
        return 0;
    }

    /** The numbers of all questions about a call. */
    Set<Integer> questionsAbout(String call) {
        Set<Integer> numbers = new HashSet<>();
        Matcher matcher = QUESTION.matcher(out());
        while (matcher.find()) {
            if (matcher.group(2).equals(call)) {
                numbers.add(Integer.parseInt(matcher.group(1)));
            }
        }
        return numbers;
    }

    /** Ends the input, waits for the end, returns the exit status. */
    int end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        assertThat(process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS))
                .as("ends; so far: %s %s", out(), err())
                .isTrue();
        for (Thread thread : readers) {
            thread.join(PATIENCE_MS);
        }
        return process.exitValue();
    }

    /** Kills the Java process of the session, as the kernel does when memory is short. */
    void killLearner() throws InterruptedException {
        ProcessHandle java = process.children()
                .filter(child -> child.info().command().orElse("").endsWith("java"))
                .findFirst()
                .orElseThrow();
        java.destroyForcibly();
        assertThat(process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS)).isTrue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
