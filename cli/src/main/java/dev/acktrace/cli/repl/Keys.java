package dev.acktrace.cli.repl;

import java.io.IOException;
import java.util.function.BooleanSupplier;
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

    private final Terminal terminal;

    Keys(Terminal terminal) {
        this.terminal = terminal;
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
                    return key;
                }
            }
            return STOPPED;
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
