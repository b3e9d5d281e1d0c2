package dev.acktrace.cli.repl;

import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/** Single keys. */
final class Keys {
    /** What {@link #next} returns when it was told to stop. */
    static final int STOPPED = -3;
    /** End of the input. */
    static final int END = -1;
    /** {@code ^C}. */
    static final int INTERRUPT = 3;
    /** {@code ^D}. */
    static final int END_OF_TEXT = 4;

    private static final long QUIET_MS = 300;
    private static final long STEP_MS = 100;
    private static final int LONGEST_WORD = 20;

    private final Terminal terminal;
    private final boolean lines;

    /**
     * Keys of a terminal.
     *
     * @param lines whether it gives whole lines only: then a key counts when Enter follows it
     */
    Keys(Terminal terminal, boolean lines) {
        this.terminal = terminal;
        this.lines = lines;
    }

    /** Drops what was typed before, until nothing came for a while: type-ahead must not answer. */
    void dropTypeAhead() throws IOException {
        Attributes before = raw();
        try {
            NonBlockingReader reader = terminal.reader();
            long until = System.nanoTime() + QUIET_MS * 1_000_000;
            long rest = QUIET_MS;
            while (rest > 0) {
                int key = reader.read(rest);
                if (key == END) {
                    return;
                }
                rest = (until - System.nanoTime()) / 1_000_000;
            }
        } finally {
            terminal.setAttributes(before);
        }
    }

    /**
     * Waits for a key.
     *
     * @param stop asked several times a second; true ends the waiting
     */
    int next(BooleanSupplier stop) throws IOException {
        Attributes before = raw();
        try {
            NonBlockingReader reader = terminal.reader();
            while (!stop.getAsBoolean()) {
                int key = reader.read(STEP_MS);
                if (key == '\u001b') {
                    skipSequence(reader);
                } else if (key != NonBlockingReader.READ_EXPIRED) {
                    skipRest(key);
                    return key;
                }
            }
            return STOPPED;
        } finally {
            terminal.setAttributes(before);
        }
    }

    private void skipRest(int first) throws IOException {
        int key = first;
        while (lines && key != '\n' && key != '\r' && key != END) {
            key = terminal.reader().read();
        }
    }

    /**
     * Reads a short word and its Enter.
     *
     * @param echo is told each character that is to be shown
     * @return empty if it was interrupted or stopped
     */
    Optional<String> word(BooleanSupplier stop, Consumer<String> echo) throws IOException {
        Attributes before = raw();
        StringBuilder word = new StringBuilder();
        try {
            while (!stop.getAsBoolean()) {
                int key = terminal.reader().read(STEP_MS);
                if (key == '\r' || key == '\n') {
                    return Optional.of(word.toString());
                }
                if (key == INTERRUPT || key == END) {
                    return Optional.empty();
                }
                if ((key == 127 || key == 8) && word.length() > 0) {
                    word.setLength(word.length() - 1);
                    echo.accept("\b \b");
                } else if (key > 0 && Character.isLetterOrDigit(key) && word.length() < LONGEST_WORD) {
                    word.append((char) key);
                    echo.accept(String.valueOf((char) key));
                }
            }
            return Optional.empty();
        } finally {
            terminal.setAttributes(before);
        }
    }

    /** An arrow key is several characters, of which none is an answer. */
    private static void skipSequence(NonBlockingReader reader) throws IOException {
        int key = reader.read(20L);
        while (key >= 0 && (key == '[' || key == 'O' || key == ';' || Character.isDigit(key))) {
            key = reader.read(20L);
        }
    }

    private Attributes raw() {
        Attributes before = terminal.enterRawMode();
        Attributes attributes = new Attributes(terminal.getAttributes());
        attributes.setLocalFlag(Attributes.LocalFlag.ISIG, false);
        terminal.setAttributes(attributes);
        return before;
    }
}
