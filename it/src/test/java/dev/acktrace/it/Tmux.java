package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A tmux server of its own with one window in which a command runs. */
final class Tmux implements AutoCloseable {
    private static final long STEP_MS = 50;

    private final String socket = "acktrace-" + UUID.randomUUID();

    /** Starts a command of sh(1) in a window. */
    Tmux(Path directory, int columns, int rows, String command) throws IOException, InterruptedException {
        tmux(
                "-f",
                "/dev/null",
                "new-session",
                "-d",
                "-x",
                String.valueOf(columns),
                "-y",
                String.valueOf(rows),
                "-c",
                directory.toString(),
                "XDG_STATE_HOME=" + directory.resolve("state") + "; export XDG_STATE_HOME; " + command
                        + "; echo the session ended with $?; sleep 1000");
    }

    /** Whether tmux is there. */
    static boolean isThere() {
        try {
            return new ProcessBuilder("tmux", "-V").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String tmux(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tmux", "-L", socket));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    /** Types text as it is. */
    void type(String text) throws IOException, InterruptedException {
        tmux("send-keys", "-l", text);
    }

    /** Presses keys by tmux's names. */
    void press(String... keys) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("send-keys"));
        words.addAll(List.of(keys));
        tmux(words.toArray(new String[0]));
    }

    /** Types a line with its Enter. */
    void line(String text) throws IOException, InterruptedException {
        type(text);
        press("Enter");
    }

    /** Gives the window another size. */
    void resize(int columns, int rows) throws IOException, InterruptedException {
        tmux("resize-window", "-x", String.valueOf(columns), "-y", String.valueOf(rows));
    }

    /** What the window shows now. */
    String screen() throws IOException, InterruptedException {
        return tmux("capture-pane", "-p");
    }

    /** What the window shows now, with its escape sequences. */
    String coloredScreen() throws IOException, InterruptedException {
        return tmux("capture-pane", "-p", "-e");
    }

    /** Waits until the window shows a text; returns the screen. */
    String expect(String text) throws IOException, InterruptedException {
        long until = System.nanoTime() + ReplProcess.PATIENCE_MS * 1_000_000;
        String screen = screen();
        while (!screen.contains(text) && System.nanoTime() < until) {
            Thread.sleep(STEP_MS);
            screen = screen();
        }
        assertThat(screen).contains(text);
        return screen;
    }

    @Override
    public void close() throws IOException {
        try {
            tmux("kill-server");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
