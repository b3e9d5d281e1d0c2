package dev.acktrace.cli.repl;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.refine.Decision;
import dev.acktrace.refine.Mode;
import dev.acktrace.refine.Question;
import dev.acktrace.syscall.Errno;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jline.terminal.Terminal;

/** One question, answered by one key. */
final class QuestionDialog {
    private static final String KEYS = """
            y allow  a with these arguments  n deny  o once  [d] deny once  f family  k kill
            e explain  u undo  l learn all  c command line  q quit  ? keys
            """;
    private static final long NS = 1_000_000_000L;

    private final ReplContext context;
    private final Keys keys;
    private final TerminalSession screen;

    QuestionDialog(ReplContext context, Terminal terminal, TerminalSession screen) {
        this.context = context;
        this.keys = new Keys(terminal, screen.dumb());
        this.screen = screen;
    }

    /** What became of a question. */
    enum Outcome {
        ANSWERED,
        POSTPONED,
        GONE
    }

    /** Shows a question and waits for its answer. */
    Outcome ask(Question question) throws FaultException {
        try {
            screen.print(
                    new QuestionCard(context).text(question) + screen.palette().faint(KEYS));
            keys.dropTypeAhead();
            long seconds = Long.parseLong(context.set().get(Settings.ASK_TIMEOUT));
            long until = System.nanoTime() + seconds * NS;
            while (true) {
                int key = keys.next(() -> isGone(question) || (seconds > 0 && System.nanoTime() > until));
                if (key == Keys.STOPPED) {
                    return stopped(question);
                }
                Optional<Outcome> outcome = key(question, key);
                if (outcome.isPresent()) {
                    return outcome.get();
                }
            }
        } catch (IOException e) {
            throw new FaultException(new Fault("cannot read a key", AtomicFile.reason(e), "'answer' answers too."), e);
        }
    }

    private boolean isGone(Question question) {
        return context.session()
                .engine()
                .question()
                .filter(open -> open.id() == question.id())
                .isEmpty();
    }

    private Outcome stopped(Question question) throws FaultException {
        if (isGone(question)) {
            screen.print("nobody waits for question " + question.id() + " any more\n");
            return Outcome.GONE;
        }
        screen.print("no answer in time: denied once\n");
        DecideVerbs.once(context, question, usualDenial());
        return Outcome.ANSWERED;
    }

    private Action usualDenial() {
        return Action.errno(Errno.parse(context.set().get(Settings.ERRNO)).orElse(Errno.EPERM));
    }

    private Optional<Outcome> key(Question question, int key) throws FaultException, IOException {
        switch (key) {
            case 'y' -> DecideVerbs.answered(context, question, List.of(Condition.ALWAYS), Action.ALLOW);
            case 'a' -> {
                return arguments(question);
            }
            case 'n' -> {
                return deny(question);
            }
            case 'k' -> DecideVerbs.answered(context, question, List.of(Condition.ALWAYS), Action.KILL_PROCESS);
            case 'o' -> DecideVerbs.once(context, question, Action.ALLOW);
            case 'd', '\r', '\n' -> DecideVerbs.once(context, question, usualDenial());
            case Keys.INTERRUPT -> {
                screen.print("undecided; this one call is denied\n");
                DecideVerbs.once(context, question, usualDenial());
            }
            case 'f' -> DecideVerbs.family(context, question);
            case 'l' -> {
                context.session().refinement().mode(Mode.LEARN);
                screen.print("mode learn: nothing is asked any more\n");
            }
            case 'c', Keys.END_OF_TEXT, Keys.END -> {
                screen.print("the question stays open; 'question' shows it, 'answer' answers it\n");
                return Optional.of(Outcome.POSTPONED);
            }
            case 'q' -> {
                if (SessionVerbs.mayLeave(context)) {
                    context.quit(0);
                    return Optional.of(Outcome.POSTPONED);
                }
                return Optional.empty();
            }
            default -> {
                return informed(question, key);
            }
        }
        return Optional.of(Outcome.ANSWERED);
    }

    private Optional<Outcome> informed(Question question, int key) throws FaultException {
        switch (key) {
            case 'e' -> {
                try {
                    Script.line(context, "show " + question.call());
                    Script.line(context, "explain " + question.call());
                } catch (LineError | InterruptedException e) {
                    screen.print(e.getMessage() + "\n");
                }
            }
            case 'u' -> {
                Optional<Decision> undone = context.session().refinement().undo();
                screen.print(undone.map(decision -> "taken back: " + DecideVerbs.brief(decision))
                                .orElse("there is no decision to take back")
                        + "\n");
            }
            case '?' ->
                screen.print(new QuestionCard(context).text(question)
                        + screen.palette().faint(KEYS));
            default -> screen.print("no such key; ? shows them\n");
        }
        return Optional.empty();
    }

    private Optional<Outcome> arguments(Question question) throws FaultException, IOException {
        List<List<Condition>> candidates = QuestionCard.candidates(context, question);
        if (candidates.isEmpty()) {
            screen.print("no arguments of " + question.call() + " are told apart; y allows all\n");
            return Optional.empty();
        }
        int choice = 1;
        if (candidates.size() > 1) {
            screen.print("which, 1 to " + candidates.size() + "? ");
            int key = keys.next(() -> isGone(question));
            choice = key - '0';
            if (choice < 1 || choice > candidates.size()) {
                screen.print("none\n");
                return Optional.empty();
            }
            screen.print(choice + "\n");
        }
        DecideVerbs.answered(context, question, candidates.get(choice - 1), Action.ALLOW);
        return Optional.of(Outcome.ANSWERED);
    }

    /** Reads an errno; an empty line takes the usual one. */
    private Optional<Outcome> deny(Question question) throws FaultException, IOException {
        screen.print("errno [" + context.set().get(Settings.ERRNO) + "]: ");
        Optional<String> name = keys.word(() -> isGone(question), text -> {
            if (!screen.dumb()) {
                screen.print(text);
            }
        });
        screen.print(name.isPresent() ? "\n" : "\nnot denied\n");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        OptionalInt errno = name.get().isEmpty()
                ? Errno.parse(context.set().get(Settings.ERRNO))
                : Errno.parse(name.get().toUpperCase(Locale.ROOT));
        if (errno.isEmpty() || errno.getAsInt() == 0) {
            screen.print("no errno '" + name.get() + "'; press n again\n");
            return Optional.empty();
        }
        DecideVerbs.answered(context, question, List.of(Condition.ALWAYS), Action.errno(errno.getAsInt()));
        return Optional.of(Outcome.ANSWERED);
    }
}
