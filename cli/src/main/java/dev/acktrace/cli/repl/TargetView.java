package dev.acktrace.cli.repl;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Status;

/** Our terminal as the target's: keys go to it, its output comes as it is, until {@code ^]} or its end. */
final class TargetView {
    private static final int LEAVE = 0x1d; // ^]
    private static final int LINES_BEFORE = 10;
    private static final long STEP_MS = 100;

    private final Terminal terminal;
    private final boolean dumb;

    TargetView(Terminal terminal, boolean dumb) {
        this.terminal = terminal;
        this.dumb = dumb;
    }

    /** Copies until somebody comes back; true. */
    boolean run(TargetPty pty, OutputStream keys, TerminalSession session) throws IOException {
        session.handOver(true);
        Status.getExistingStatus(terminal).ifPresent(Status::suspend);
        Attributes before = terminal.enterRawMode();
        Attributes raw = new Attributes(terminal.getAttributes());
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
        raw.setInputFlag(Attributes.InputFlag.ICRNL, false);
        terminal.setAttributes(raw);
        Terminal.SignalHandler resized =
                terminal.handle(Terminal.Signal.WINCH, signal -> pty.resize(terminal.getColumns(), terminal.getRows()));
        try {
            if (!dumb) {
                terminal.puts(Capability.clear_screen);
            }
            for (String line : pty.tail(LINES_BEFORE)) {
                terminal.writer().print(line + "\r\n");
            }
            terminal.flush();
            pty.show(Optional.of(terminal.output()));
            pty.resize(terminal.getColumns(), terminal.getRows());
            copy(keys, session);
        } finally {
            pty.show(Optional.empty());
            terminal.handle(Terminal.Signal.WINCH, resized);
            terminal.setAttributes(before);
            if (!dumb) {
                terminal.writer().print("\u001b[0m\u001b[?25h");
            }
            terminal.writer().print("\r\n");
            terminal.flush();
            Status.getExistingStatus(terminal).ifPresent(status -> {
                terminal.puts(Capability.clear_screen);
                status.reset();
                status.restore();
                status.redraw();
            });
            session.handOver(false);
        }
        return true;
    }

    private void copy(OutputStream keys, TerminalSession session) throws IOException {
        NonBlockingReader reader = terminal.reader();
        while (session.targetRuns()) {
            int key = reader.read(STEP_MS);
            if (key == LEAVE || key == NonBlockingReader.EOF) {
                return;
            }
            if (key >= 0) {
                keys.write(new String(Character.toChars(key)).getBytes(StandardCharsets.UTF_8));
                keys.flush();
            }
        }
    }
}
