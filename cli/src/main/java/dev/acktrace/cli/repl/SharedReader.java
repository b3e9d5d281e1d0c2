package dev.acktrace.cli.repl;

import java.util.Map;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.terminal.Terminal;

/** A line reader whose lock others may take, so that nothing of theirs comes between its escape sequences. */
final class SharedReader extends LineReaderImpl {
    SharedReader(Terminal terminal, Map<String, Object> variables) {
        super(terminal, "acktrace", variables);
    }

    /** Does something while the reader does not write. */
    void alone(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }
}
