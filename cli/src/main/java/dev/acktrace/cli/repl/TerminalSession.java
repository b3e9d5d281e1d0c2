package dev.acktrace.cli.repl;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Palette;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.refine.Question;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A session with a person at a terminal. */
final class TerminalSession implements Screen, AutoCloseable {
    private static final String PROMPT = "acktrace> ";
    private static final int LEAST_WIDTH = 20;
    private static final int USUAL_WIDTH = 80;
    private static final int MOST_LINES_AT_ONCE = 8;

    private final Terminal terminal;
    private final SharedReader reader;
    private final Palette palette;
    private final boolean dumb;
    private final TargetPty pty;
    private final ConcurrentLinkedQueue<String> targetLines = new ConcurrentLinkedQueue<>();
    private final Thread main = Thread.currentThread();
    private Optional<VerbCompleter> completer = Optional.empty();
    private BooleanSupplier targetRuns = () -> false;
    private int postponed;
    private volatile boolean reading;
    private volatile boolean working;
    private volatile boolean handedOver;
    private volatile boolean questionCame;

    private TerminalSession(Terminal terminal, Palette palette, boolean dumb, Path history) {
        this.terminal = terminal;
        this.palette = palette;
        this.dumb = dumb;
        this.pty = new TargetPty(targetLines::add, (to, keys) -> new TargetView(terminal, dumb).run(to, keys, this));
        this.reader = reader(history);
        terminal.handle(Terminal.Signal.INT, signal -> interrupted());
        terminal.handle(Terminal.Signal.QUIT, Terminal.SignalHandler.SIG_IGN);
    }

    /** Opens the terminal of this process. */
    static TerminalSession open(Console console) throws FaultException {
        String type = System.getenv("TERM");
        boolean dumb = type == null || type.isEmpty() || type.equals("dumb");
        Path history = StartFiles.ownFile("history");
        try {
            TerminalBuilder builder = TerminalBuilder.builder()
                    .name("acktrace")
                    .system(true)
                    .provider("jni")
                    .dumb(true)
                    .graphemeCluster(false)
                    .encoding(StandardCharsets.UTF_8)
                    .nativeSignals(true);
            if (dumb) {
                builder.type("dumb");
            }
            return new TerminalSession(builder.build(), console.outPalette(), dumb, history);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot use the terminal", AtomicFile.reason(e), "'acktrace repl --script -' needs none."),
                    e);
        }
    }

    private SharedReader reader(Path history) {
        Map<String, Object> variables = new HashMap<>();
        variables.put(LineReader.HISTORY_FILE, history);
        variables.put(LineReader.HISTORY_SIZE, 2000);
        variables.put(LineReader.BELL_STYLE, "none");
        variables.put(LineReader.LIST_MAX, 100);
        if (!palette.colored()) {
            for (String style : List.of(
                    LineReader.COMPLETION_STYLE_GROUP,
                    LineReader.COMPLETION_STYLE_LIST_GROUP,
                    LineReader.COMPLETION_STYLE_DESCRIPTION,
                    LineReader.COMPLETION_STYLE_LIST_DESCRIPTION,
                    LineReader.COMPLETION_STYLE_STARTING,
                    LineReader.COMPLETION_STYLE_LIST_STARTING)) {
                variables.put(style, "");
            }
        }
        SharedReader made = new SharedReader(terminal, variables);
        DefaultHistory entries = new DefaultHistory();
        made.setHistory(entries);
        entries.attach(made);
        made.option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
        made.option(LineReader.Option.HISTORY_IGNORE_SPACE, true);
        made.option(LineReader.Option.HISTORY_IGNORE_DUPS, true);
        made.option(LineReader.Option.AUTO_LIST, true);
        made.option(LineReader.Option.AUTO_GROUP, true);
        made.option(LineReader.Option.AUTO_FRESH_LINE, !dumb);
        made.option(LineReader.Option.BRACKETED_PASTE, !dumb);
        made.setCompleter(
                (line, parsed, candidates) -> complete(parsed.words(), parsed.wordIndex(), parsed.word(), candidates));
        if (palette.colored()) {
            made.setHighlighter(new LineStyle());
        }
        made.getWidgets().put("acktrace-foreground", () -> {
            made.getBuffer().clear();
            made.getBuffer().write("fg");
            made.callWidget(LineReader.ACCEPT_LINE);
            return true;
        });
        KeyMap<Binding> keys = made.getKeyMaps().get(LineReader.MAIN);
        if (keys != null) {
            keys.bind(new Reference("acktrace-foreground"), KeyMap.ctrl(']'));
        }
        return made;
    }

    private void complete(List<String> words, int index, String word, List<Candidate> candidates) {
        if (completer.isEmpty()) {
            return;
        }
        for (VerbCompleter.Choice choice : completer.get().choices(words.subList(0, index), word)) {
            candidates.add(new Candidate(
                    choice.text(),
                    choice.text(),
                    choice.group(),
                    choice.about().isEmpty() ? null : choice.about(),
                    null,
                    null,
                    choice.complete()));
        }
    }

    /** The terminals of targets. */
    TargetOutput output() {
        return pty;
    }

    // ---- the loop -------------------------------------------------------------------------------------------------

    /** Reads and carries out lines until somebody leaves; returns the exit status. */
    int run(ReplContext context, Notices notices) throws FaultException, InterruptedException {
        completer = Optional.of(new VerbCompleter(context));
        targetRuns = () -> context.session().running();
        StatusLine status = new StatusLine(terminal, context, dumb);
        notices.onQuestion(this::questionCame);
        notices.onTick(() -> {
            tellTargetLines();
            if (!handedOver) {
                reader.alone(status::update);
            }
        });
        greet(context);
        String typed = "";
        try {
            while (context.quitting().isEmpty()) {
                askOpen(context);
                if (context.quitting().isEmpty()) {
                    typed = readAndCarryOut(context, typed);
                }
            }
        } finally {
            notices.onTick(() -> {});
            status.close();
            ReplCommand.finish(context.session());
            tellTargetLines();
        }
        return context.quitting().orElse(ExitCode.OK);
    }

    private void greet(ReplContext context) {
        String what = context.command().isEmpty() ? "'run -- COMMAND' launches a target" : "'run' launches the target";
        print(what + ", 'help' lists the commands, TAB completes.\n");
    }

    /** One line; returns what was typed so far if a question came in between. */
    private String readAndCarryOut(ReplContext context, String typed) throws InterruptedException {
        String line;
        try {
            reading = true;
            if (questionCame) {
                return typed;
            }
            line = reader.readLine(PROMPT, null, (Character) null, typed.isEmpty() ? null : typed);
        } catch (UserInterruptException e) {
            Thread.interrupted();
            if (questionCame) {
                return e.getPartialLine();
            }
            if (e.getPartialLine().isEmpty()) {
                print(palette.faint("^C ends nothing here; 'quit' or ^D leaves, 'signal INT' interrupts the target")
                        + "\n");
            }
            return "";
        } catch (EndOfFileException e) {
            if (SessionVerbs.mayLeave(context)) {
                context.quit(ExitCode.OK);
            }
            return "";
        } finally {
            reading = false;
        }
        carryOut(context, line);
        return "";
    }

    private void carryOut(ReplContext context, String line) {
        working = true;
        try {
            Script.line(context, line);
        } catch (LineError e) {
            pointAt(line, e);
        } catch (FaultException e) {
            fault(e.fault());
        } catch (InterruptedException e) {
            print("interrupted\n");
        } finally {
            working = false;
            Thread.interrupted();
        }
    }

    private void pointAt(String line, LineError error) {
        if (error.column() <= line.length() + 1 && line.length() + PROMPT.length() < width()) {
            print(" ".repeat(PROMPT.length() + error.column() - 1) + palette.bad("^") + "\n");
        }
        print(palette.bad("column " + error.column() + ":") + " " + error.why() + "\n  " + error.remedy() + "\n");
    }

    private void interrupted() {
        if (working && !handedOver) {
            main.interrupt();
        }
    }

    private void questionCame() {
        questionCame = true;
        if (reading) {
            terminal.raise(Terminal.Signal.INT);
        }
    }

    /** Asks about every open question that was not put off. */
    void askOpen(ReplContext context) throws FaultException, InterruptedException {
        questionCame = false;
        Optional<Question> question = context.session().engine().question();
        while (question.isPresent()
                && question.get().id() > postponed
                && context.quitting().isEmpty()) {
            QuestionDialog.Outcome outcome = new QuestionDialog(context, terminal, this).ask(question.get());
            if (outcome == QuestionDialog.Outcome.POSTPONED) {
                postponed = question.get().id();
            }
            context.checkHelper();
            question = context.session().engine().question();
        }
    }

    @Override
    public void ask(ReplContext context) throws FaultException, InterruptedException {
        postponed = 0;
        askOpen(context);
    }

    /** Whether the terminal gives whole lines and no single keys. */
    boolean dumb() {
        return dumb;
    }

    /** Whether there is a target to show. */
    boolean targetRuns() {
        return targetRuns.getAsBoolean() && !questionCame;
    }

    /** Whether our terminal is the target's now: nothing of ours is printed. */
    void handOver(boolean toTarget) {
        handedOver = toTarget;
    }

    private synchronized void tellTargetLines() {
        if (handedOver) {
            return;
        }
        int told = 0;
        int left = 0;
        StringBuilder text = new StringBuilder();
        for (String line = targetLines.poll(); line != null; line = targetLines.poll()) {
            if (told++ < MOST_LINES_AT_ONCE) {
                text.append(palette.faint("| "))
                        .append(CallText.printable(line))
                        .append('\n');
            } else {
                left++;
            }
        }
        if (left > 0) {
            text.append(palette.faint("| " + left + " more lines ('log' shows them)"))
                    .append('\n');
        }
        if (!text.isEmpty()) {
            print(text.toString());
        }
    }

    // ---- the screen -----------------------------------------------------------------------------------------------

    @Override
    public void print(String lines) {
        if (reading) {
            reader.printAbove(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        } else {
            reader.alone(() -> {
                terminal.writer().print(lines.replace("\n", "\r\n"));
                terminal.writer().flush();
            });
        }
    }

    @Override
    public void notice(String line) {
        if (!handedOver) {
            print(palette.faint("* " + line) + "\n");
        }
    }

    @Override
    public void fault(Fault fault) {
        print(palette.bad("error:") + " " + fault.text() + "\n");
    }

    @Override
    public Palette palette() {
        return palette;
    }

    @Override
    public int width() {
        int columns = terminal.getColumns();
        return columns <= 0 ? USUAL_WIDTH : Math.max(LEAST_WIDTH, columns);
    }

    @Override
    public boolean interactive() {
        return true;
    }

    @Override
    public boolean confirm(String question, boolean otherwise) {
        print(question + " [y/n] ");
        try {
            int key = new Keys(terminal, dumb).next(() -> false);
            print((key == 'y' ? "yes" : "no") + "\n");
            return key == 'y';
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws FaultException {
        try {
            pty.close();
            terminal.close();
        } catch (IOException e) {
            throw new FaultException(
                    new Fault("cannot close the terminal", AtomicFile.reason(e), "'reset' mends it."), e);
        }
    }
}
