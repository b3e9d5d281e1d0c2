package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.FaultException;
import dev.acktrace.refine.Mode;
import dev.acktrace.refine.Question;
import dev.acktrace.refine.RefineSession;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.refine.Standing;
import dev.acktrace.session.Outcome;
import dev.acktrace.wire.Loss;
import dev.acktrace.wire.TargetState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Verbs about the target. */
final class TargetVerbs {
    private static final long WAIT_STEP_MS = 20;

    private TargetVerbs() {}

    static List<Verb> all() {
        return List.of(
                new Verb.Builder(
                                "run", Group.TARGET, "run [--] [COMMAND [ARG…]]", "launch the target", "run -- ls -l /")
                        .words(Verb.ANY, Completion.PROGRAM, Completion.FILE)
                        .foreign()
                        .does(TargetVerbs::run),
                new Verb.Builder("attach", Group.TARGET, "attach PID", "learn from a running process", "attach 4711")
                        .words(1, Completion.NONE)
                        .does(TargetVerbs::attach),
                new Verb.Builder("detach", Group.TARGET, "detach", "let a process go that was attached to", "detach")
                        .does(TargetVerbs::detach),
                new Verb.Builder(
                                "wait",
                                Group.TARGET,
                                "wait [SECONDS]",
                                "wait until the target ends or a question is open",
                                "wait 10")
                        .words(1, Completion.NONE)
                        .does(TargetVerbs::await),
                new Verb.Builder("kill", Group.TARGET, "kill", "end the target and all its children", "kill")
                        .does(TargetVerbs::kill),
                new Verb.Builder(
                                "signal",
                                Group.TARGET,
                                "signal SIGNAL",
                                "send a signal; a call that waits for an answer is interrupted",
                                "signal HUP")
                        .words(1, Completion.SIGNAL)
                        .does(TargetVerbs::signal),
                new Verb.Builder(
                                "mode",
                                Group.TARGET,
                                "mode [learn|ask|enforce]",
                                "show or set what becomes of unknown calls",
                                "mode ask")
                        .words(1, Completion.MODE)
                        .does(TargetVerbs::mode),
                new Verb.Builder("fg", Group.TARGET, "fg", "work in the target's own terminal; ^] comes back", "fg")
                        .does(TargetVerbs::foreground),
                new Verb.Builder("log", Group.TARGET, "log [LINES]", "show the last lines of the target", "log 20")
                        .words(1, Completion.NONE)
                        .does(TargetVerbs::log),
                new Verb.Builder("status", Group.TARGET, "status", "show target, mode, counts and losses", "status")
                        .does(TargetVerbs::status));
    }

    private static void run(ReplContext context, Arguments arguments) throws LineError, FaultException {
        if (arguments.size() > 0) {
            context.command(arguments.texts().stream()
                    .map(word -> word.getBytes(StandardCharsets.UTF_8))
                    .toList());
        }
        if (context.command().isEmpty()) {
            arguments.word(0, "a command");
        }
        RefineSession session = context.session();
        if (session.running()) {
            throw new FaultException(
                    "cannot start a target", "one is running already", "'wait' for its end, or 'kill' it first.");
        }
        String terminal = context.output().prepare(context.set().get(Settings.TTY));
        session.launch(context.command(), terminal);
        failedToStart(session);
        context.screen()
                .notice("process " + session.segment().rootPid() + " runs in mode "
                        + session.engine().mode().label());
    }

    private static void failedToStart(RefineSession session) throws FaultException {
        if (session.segment().state() == TargetState.FAILED) {
            try {
                session.await(2000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (session.outcome() instanceof Outcome.NotStarted failure) {
            throw new FaultException(failure.fault());
        }
    }

    private static void attach(ReplContext context, Arguments arguments) throws LineError, FaultException {
        int pid = arguments.number(arguments.word(0, "the number of a process"), 1, Integer.MAX_VALUE);
        context.session().attach(pid);
        failedToStart(context.session());
        context.screen().notice("attached to process " + pid);
    }

    private static void detach(ReplContext context, Arguments arguments) throws FaultException {
        needTarget(context.session());
        if (!context.session().attached()) {
            throw new FaultException(
                    "cannot detach", "the target was launched and runs under a filter", "'kill' ends it.");
        }
        context.session().detach();
    }

    private static void needTarget(RefineSession session) throws FaultException {
        if (!session.running()) {
            throw new FaultException("there is no target", "nothing is running", "'run' launches one.");
        }
    }

    private static void await(ReplContext context, Arguments arguments)
            throws LineError, FaultException, InterruptedException {
        Optional<Word> limit = arguments.word(0);
        long seconds = limit.isPresent() ? arguments.number(limit.get(), 0, 1_000_000) : -1;
        long until = System.nanoTime() + seconds * 1_000_000_000L;
        RefineSession session = context.session();
        while (seconds < 0 || System.nanoTime() < until) {
            if (session.await(WAIT_STEP_MS)) {
                context.print(ended(session.outcome()) + "\n");
                return;
            }
            context.checkHelper();
            Optional<Question> question = session.engine().question();
            if (question.isPresent()) {
                if (!context.screen().interactive()) {
                    context.print(new QuestionCard(context).text(question.get()));
                    return;
                }
                context.screen().ask(context);
                if (context.session().engine().question().isPresent()) {
                    return;
                }
            }
        }
        context.print("still running\n");
    }

    /** How a target ended, in words. */
    static String ended(Outcome outcome) {
        if (outcome instanceof Outcome.Exited exited) {
            return "exited with status " + exited.code();
        }
        if (outcome instanceof Outcome.Signaled signaled) {
            return "ended by " + Signals.name(signaled.signal());
        }
        if (outcome instanceof Outcome.NotStarted failure) {
            return "not started: " + failure.fault().why();
        }
        return "gone";
    }

    private static void kill(ReplContext context, Arguments arguments) throws FaultException, InterruptedException {
        needTarget(context.session());
        context.session().end();
        if (context.session().await(5000)) {
            context.print(ended(context.session().outcome()) + "\n");
        }
    }

    private static void signal(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Word word = arguments.word(0, "a signal");
        OptionalInt signal = Signals.parse(word.text());
        if (signal.isEmpty()) {
            throw new LineError(word.column(), "no signal '" + word.text() + "'", "Write a name such as TERM.");
        }
        needTarget(context.session());
        int interrupted = context.session().signal(signal.getAsInt());
        if (interrupted > 0) {
            context.print(interrupted + " waiting call" + (interrupted == 1 ? "" : "s") + " ended with EINTR\n");
        }
    }

    private static void mode(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Optional<Word> word = arguments.word(0);
        if (word.isPresent()) {
            Mode mode = Mode.parse(word.get().text())
                    .orElseThrow(() -> new LineError(
                            word.get().column(),
                            "no mode '" + word.get().text() + "'",
                            "There are learn, ask and enforce."));
            context.session().refinement().mode(mode);
            context.checkHelper();
        }
        Mode now = context.session().engine().mode();
        context.print("mode " + now.label() + ": an unknown call is " + (now == Mode.ASK ? "asked about, " : "")
                + now.meaning() + "\n");
    }

    private static void foreground(ReplContext context, Arguments arguments) throws FaultException {
        needTarget(context.session());
        if (!context.output().foreground()) {
            throw new FaultException(
                    "cannot show the target",
                    "it has no terminal of its own, or nobody sits at this one",
                    "'set tty pty' gives the next target one.");
        }
    }

    private static void log(ReplContext context, Arguments arguments) throws LineError {
        Optional<Word> count = arguments.word(0);
        int lines = count.isPresent() ? arguments.number(count.get(), 1, 10_000) : 20;
        for (String line : context.output().tail(lines)) {
            context.print(CallText.printable(line) + "\n");
        }
    }

    private static void status(ReplContext context, Arguments arguments) {
        RefineSession session = context.session();
        StringBuilder text = new StringBuilder();
        text.append("target    ").append(target(session)).append('\n');
        text.append("mode      ").append(session.engine().mode().label()).append('\n');
        session.stacked()
                .ifPresent(total -> text.append("filter    ")
                        .append(total.have())
                        .append(total.have() == 1 ? " thread has" : " threads have")
                        .append(" the policy of 'enforce now'\n"));
        text.append("shapes    ").append(counts(session.engine().shapes())).append('\n');
        text.append("questions ").append(session.engine().openQuestions()).append('\n');
        text.append("decisions ").append(session.refinement().effective().size());
        int unsaved = session.refinement().unsaved();
        text.append(unsaved == 0 ? "" : ", " + unsaved + " not saved").append('\n');
        text.append("stops     ").append(session.segment().stops()).append('\n');
        text.append("losses    ").append(losses(session)).append('\n');
        session.refinement()
                .journal()
                .ifPresent(journal ->
                        text.append("journal   ").append(journal.path()).append('\n'));
        context.print(text.toString());
    }

    /** The state of the target in a few words. */
    static String target(RefineSession session) {
        if (session.running()) {
            int tasks = session.segment().liveTasks();
            return "process " + session.segment().rootPid() + ", " + tasks + " thread" + (tasks == 1 ? "" : "s");
        }
        return session.segment().rootPid() == 0 ? "none" : ended(session.outcome());
    }

    private static String counts(List<ShapeView> shapes) {
        StringBuilder text = new StringBuilder().append(shapes.size());
        for (Standing standing : Standing.values()) {
            long count =
                    shapes.stream().filter(view -> view.standing() == standing).count();
            if (count > 0) {
                text.append(", ").append(count).append(' ').append(standing.label());
            }
        }
        return text.toString();
    }

    private static String losses(RefineSession session) {
        StringBuilder text = new StringBuilder();
        for (Loss loss : Loss.values()) {
            long count = session.segment().loss(loss);
            if (count != 0) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(count)
                        .append(' ')
                        .append(loss.key());
            }
        }
        return text.isEmpty() ? "none counted" : text.toString();
    }
}
