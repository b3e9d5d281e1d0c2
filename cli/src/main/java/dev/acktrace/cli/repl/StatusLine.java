package dev.acktrace.cli.repl;

import dev.acktrace.refine.RefineSession;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.refine.Standing;
import dev.acktrace.wire.Loss;
import java.util.List;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Status;

/** The last line of the terminal: target, mode, counts, calls per second, loss. */
final class StatusLine implements AutoCloseable {
    private static final long PERIOD_NS = 500_000_000L;
    private static final int LEAST_COLUMNS = 40;
    private static final int LEAST_ROWS = 6;

    private final Terminal terminal;
    private final ReplContext context;
    private final boolean off;
    private String shown = "";
    private long lastNs = System.nanoTime();
    private long lastStops;
    private long rate;

    StatusLine(Terminal terminal, ReplContext context, boolean off) {
        this.terminal = terminal;
        this.context = context;
        this.off = off;
    }

    /** Shows what has changed; at most twice a second. */
    synchronized void update() {
        long now = System.nanoTime();
        boolean small = terminal.getColumns() < LEAST_COLUMNS || terminal.getRows() < LEAST_ROWS;
        if (off || small || now - lastNs < PERIOD_NS) {
            return;
        }
        long stops = context.session().segment().stops();
        rate = (stops - lastStops) * 1_000_000_000L / Math.max(1, now - lastNs);
        lastStops = stops;
        lastNs = now;
        String text = text(context.session(), rate);
        if (!text.equals(shown)) {
            shown = text;
            int width = terminal.getColumns();
            AttributedStringBuilder line = new AttributedStringBuilder();
            String cut = text.length() > width - 1 ? text.substring(0, width - 1) : text;
            boolean colored = context.screen().palette().colored();
            line.styled(colored ? AttributedStyle.DEFAULT.inverse() : AttributedStyle.DEFAULT, cut);
            Status status = Status.getStatus(terminal);
            if (status != null) {
                status.update(List.of(line.toAttributedString()));
            }
        }
    }

    /** The text, without colour. */
    static String text(RefineSession session, long rate) {
        long known = 0;
        long denied = 0;
        long open = 0;
        for (ShapeView view : session.engine().shapes()) {
            Standing standing = view.standing();
            known += standing == Standing.LEARNED || standing == Standing.ALLOWED ? 1 : 0;
            denied +=
                    standing == Standing.DENIED || standing == Standing.KILLED || standing == Standing.REFUSED ? 1 : 0;
            open += standing == Standing.ASKED || standing == Standing.OPEN ? 1 : 0;
        }
        long lost = 0;
        for (Loss loss : Loss.values()) {
            lost += session.segment().loss(loss);
        }
        return session.engine().mode().label() + " | " + TargetVerbs.target(session) + " | " + known + " known, " + open
                + " open, " + denied + " denied | " + rate + " calls/s reported"
                + (lost > 0 ? " | " + lost + " lost" : "");
    }

    @Override
    public synchronized void close() {
        if (!off && !shown.isEmpty()) {
            Status.getExistingStatus(terminal).ifPresent(status -> {
                status.update(List.<AttributedString>of());
                status.close();
            });
        }
    }
}
