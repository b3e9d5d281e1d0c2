package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Rule;
import dev.acktrace.refine.Decision;
import dev.acktrace.refine.Mode;
import dev.acktrace.refine.Question;
import dev.acktrace.refine.Refinement;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.report.CallFactsheet;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Verbs that decide. */
final class DecideVerbs {
    private static final int MOST_EVIDENCE = 8;

    private DecideVerbs() {}

    static List<Verb> all() {
        Verb.Option note = new Verb.Option("--note", "TEXT", "why, for the record", Completion.NONE);
        return List.of(
                new Verb.Builder(
                                "allow",
                                Group.DECIDE,
                                "allow CALL[: CONDITION]|@CATEGORY [--note TEXT]",
                                "allow a call from now on, with all or with some arguments",
                                "allow ioctl: cmd in {TCGETS, TIOCGWINSZ}")
                        .words(Verb.ANY, Completion.CALL, Completion.NONE)
                        .option(note)
                        .does((context, arguments) -> decide(context, arguments, Action.ALLOW, 0)),
                new Verb.Builder(
                                "deny",
                                Group.DECIDE,
                                "deny CALL|@CATEGORY [ERRNO|kill] [CONDITION] [--note TEXT]",
                                "refuse a call from now on",
                                "deny connect ECONNREFUSED")
                        .words(Verb.ANY, Completion.CALL, Completion.ERRNO, Completion.NONE)
                        .option(note)
                        .does(DecideVerbs::deny),
                new Verb.Builder(
                                "args",
                                Group.DECIDE,
                                "args CALL [NUMBER]",
                                "list the arguments seen with a call, or allow one line of that list",
                                "args ioctl 1")
                        .words(2, Completion.SEEN_CALL, Completion.NONE)
                        .does(DecideVerbs::arguments),
                new Verb.Builder("question", Group.DECIDE, "question", "show the open question", "question")
                        .does(DecideVerbs::question),
                new Verb.Builder(
                                "answer",
                                Group.DECIDE,
                                "answer allow|args [N]|deny [ERRNO]|kill|once|deny-once [ERRNO]|family|learn",
                                "answer the open question",
                                "answer deny ECONNREFUSED")
                        .words(2, Completion.ANSWER, Completion.ERRNO)
                        .does(DecideVerbs::answer),
                new Verb.Builder("undo", Group.DECIDE, "undo [COUNT]", "take the last decision back", "undo")
                        .words(1, Completion.NONE)
                        .does(DecideVerbs::undo),
                new Verb.Builder("redo", Group.DECIDE, "redo [COUNT]", "decide again what was taken back", "redo")
                        .words(1, Completion.NONE)
                        .does(DecideVerbs::redo),
                new Verb.Builder(
                                "note",
                                Group.DECIDE,
                                "note [#DECISION] TEXT",
                                "note why; without a number it is about the session",
                                "note #2 asked the vendor")
                        .words(Verb.ANY, Completion.DECISION, Completion.NONE)
                        .does(DecideVerbs::note),
                new Verb.Builder("history", Group.DECIDE, "history", "list every decision", "history")
                        .does(DecideVerbs::history));
    }

    private static List<String> names(Word word) throws LineError {
        if (!word.text().startsWith("@")) {
            return List.of(SeenVerbs.call(new Word(word.text().replaceFirst(":$", ""), word.column(), false))
                    .name());
        }
        String category = word.text().substring(1);
        List<String> names = SyscallTable.of(Abi.host()).names().stream()
                .filter(name -> CallFactsheet.category(name).equals(category))
                .toList();
        if (names.isEmpty()) {
            throw new LineError(
                    word.column(), "no category '" + category + "'", "'show CALL' names the category of a call.");
        }
        return names;
    }

    private static void decide(ReplContext context, Arguments arguments, Action action, int skipped)
            throws LineError, FaultException {
        Word first = arguments.word(0, "a system call");
        List<String> names = names(first);
        List<Condition> conditions = List.of(Condition.ALWAYS);
        Optional<Word> rest = arguments.word(1 + skipped);
        if (rest.isPresent()) {
            if (names.size() > 1) {
                throw new LineError(
                        rest.get().column(), "a category takes no condition", "Name one call to say which arguments.");
            }
            conditions = ConditionText.parse(
                    SeenVerbs.call(new Word(names.get(0), first.column(), false)),
                    arguments.from(1 + skipped),
                    rest.get().column());
        }
        List<Rule> rules = new ArrayList<>();
        for (String name : names) {
            for (Condition condition : conditions) {
                rules.add(Rule.of(name, condition, action));
            }
        }
        made(context, rules, evidence(context, names), arguments.value("--note").orElse(""));
    }

    private static List<String> evidence(ReplContext context, List<String> names) {
        List<String> lines = new ArrayList<>();
        for (ShapeView view : context.session().engine().shapes()) {
            if (names.contains(view.call()) && lines.size() < MOST_EVIDENCE) {
                lines.add(CallText.of(view.shape()) + " by "
                        + view.shape().key().image() + ", " + view.shape().count() + " calls");
            }
        }
        return lines.isEmpty() ? List.of("not seen") : lines;
    }

    private static void made(ReplContext context, List<Rule> rules, List<String> evidence, String note)
            throws FaultException {
        Refinement refinement = context.session().refinement();
        Decision decision = refinement.decide(rules, evidence, note);
        context.checkHelper();
        context.print(brief(decision) + "\n");
        for (Rule rule : rules) {
            if (rule.action().kind() != Action.Kind.ALLOW
                    && context.session().passed().contains(rule.call())) {
                context.print("  the running target's filter lets " + rule.call()
                        + " pass; the denial takes effect with the next 'run'\n");
            }
        }
    }

    /** A decision on one line. */
    static String brief(Decision decision) {
        List<String> rules = decision.rules().stream().map(CallText::rule).toList();
        String text =
                rules.size() > 3 ? rules.get(0) + " and " + (rules.size() - 1) + " more" : String.join("; ", rules);
        return "#" + decision.id() + (decision.once() ? " once: " : " ") + text;
    }

    private static void deny(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Optional<Word> word = arguments.word(1);
        Action action =
                Action.errno(Errno.parse(context.set().get(Settings.ERRNO)).orElse(Errno.EPERM));
        int skipped = 0;
        if (word.isPresent()) {
            Optional<Action> named = denial(word.get().text());
            if (named.isPresent()) {
                action = named.get();
                skipped = 1;
            } else if (arguments.size() == 2) {
                throw new LineError(
                        word.get().column(),
                        "no errno '" + word.get().text() + "'",
                        "Write a name such as EPERM, a number up to 4095, or kill.");
            }
        }
        decide(context, arguments, action, skipped);
    }

    private static Optional<Action> denial(String text) {
        if (text.equals("kill")) {
            return Optional.of(Action.KILL_PROCESS);
        }
        OptionalInt errno = Errno.parse(text.toUpperCase(Locale.ROOT));
        return errno.isPresent() && errno.getAsInt() > 0
                ? Optional.of(Action.errno(errno.getAsInt()))
                : Optional.empty();
    }

    private static void arguments(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Syscall call = SeenVerbs.call(arguments.word(0, "a system call"));
        List<List<Condition>> conditions = ArgumentChoices.of(context, call);
        Optional<Word> number = arguments.word(1);
        if (number.isPresent()) {
            if (conditions.isEmpty()) {
                throw new LineError(
                        number.get().column(),
                        "no arguments of " + call.name() + " are told apart",
                        "'allow' allows all.");
            }
            int choice = arguments.number(number.get(), 1, conditions.size());
            made(
                    context,
                    rules(call.name(), conditions.get(choice - 1), Action.ALLOW),
                    evidence(context, List.of(call.name())),
                    "");
            return;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < conditions.size(); i++) {
            text.append(i + 1)
                    .append("  ")
                    .append(QuestionCard.condition(call, conditions.get(i)))
                    .append('\n');
        }
        context.print(text.isEmpty() ? "no arguments of " + call.name() + " are told apart\n" : text.toString());
    }

    private static Question open(ReplContext context) throws FaultException {
        return context.session()
                .engine()
                .question()
                .orElseThrow(() -> new FaultException(
                        "there is no question",
                        "no thread waits for an answer",
                        "'mode ask' asks about unknown calls."));
    }

    private static void question(ReplContext context, Arguments arguments) throws FaultException {
        context.print(new QuestionCard(context).text(open(context)));
    }

    private static void answer(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Word word = arguments.word(0, "an answer");
        Question question = open(context);
        Optional<Word> second = arguments.word(1);
        switch (word.text()) {
            case "allow" -> answered(context, question, List.of(Condition.ALWAYS), Action.ALLOW);
            case "args" -> {
                List<List<Condition>> candidates = QuestionCard.candidates(context, question);
                if (candidates.isEmpty()) {
                    throw new LineError(word.column(), "no arguments of this call are told apart", "Answer allow.");
                }
                int choice = second.isPresent() ? arguments.number(second.get(), 1, candidates.size()) : 1;
                answered(context, question, candidates.get(choice - 1), Action.ALLOW);
            }
            case "deny" -> answered(context, question, List.of(Condition.ALWAYS), errno(context, second));
            case "kill" -> answered(context, question, List.of(Condition.ALWAYS), Action.KILL_PROCESS);
            case "once" -> once(context, question, Action.ALLOW);
            case "deny-once" -> once(context, question, errno(context, second));
            case "family" -> family(context, question);
            case "learn" -> context.session().refinement().mode(Mode.LEARN);
            default ->
                throw new LineError(
                        word.column(),
                        "no answer '" + word.text() + "'",
                        "There are allow, args, deny, kill, once, deny-once, family and learn.");
        }
        context.checkHelper();
    }

    private static Action errno(ReplContext context, Optional<Word> word) throws LineError {
        if (word.isEmpty()) {
            return Action.errno(Errno.parse(context.set().get(Settings.ERRNO)).orElse(Errno.EPERM));
        }
        return denial(word.get().text())
                .orElseThrow(() -> new LineError(
                        word.get().column(),
                        "no errno '" + word.get().text() + "'",
                        "Write a name such as EPERM, or a number up to 4095."));
    }

    /** Decides what a question is about. */
    static void answered(ReplContext context, Question question, List<Condition> alternatives, Action action)
            throws FaultException {
        made(context, rules(question.call(), alternatives, action), QuestionCard.evidence(question), "");
    }

    private static List<Rule> rules(String call, List<Condition> alternatives, Action action) {
        return alternatives.stream()
                .map(condition -> Rule.of(call, condition, action))
                .toList();
    }

    /** Answers once. */
    static void once(ReplContext context, Question question, Action action) throws FaultException {
        Optional<Decision> decision = context.session()
                .refinement()
                .once(question.id(), Rule.of(question.call(), action), QuestionCard.evidence(question));
        context.print(decision.map(DecideVerbs::brief).orElse("nobody waits for that any more") + "\n");
    }

    /** Allows all calls of the category. */
    static void family(ReplContext context, Question question) throws FaultException {
        List<Rule> rules = new ArrayList<>();
        for (String name : QuestionCard.family(question.shape().key().call())) {
            rules.add(Rule.of(name, Action.ALLOW));
        }
        made(context, rules, QuestionCard.evidence(question), "");
    }

    private static int count(Arguments arguments) throws LineError {
        Optional<Word> word = arguments.word(0);
        return word.isPresent() ? arguments.number(word.get(), 1, 10_000) : 1;
    }

    private static void undo(ReplContext context, Arguments arguments) throws LineError, FaultException {
        int count = count(arguments);
        for (int i = 0; i < count; i++) {
            Optional<Decision> undone = context.session().refinement().undo();
            context.checkHelper();
            if (undone.isEmpty()) {
                throw new FaultException("cannot undo", "there is no decision to take back", "'history' lists them.");
            }
            context.print(
                    "taken back: " + brief(undone.get()) + (undone.get().once() ? " (the call has run)" : "") + "\n");
        }
    }

    private static void redo(ReplContext context, Arguments arguments) throws LineError, FaultException {
        int count = count(arguments);
        for (int i = 0; i < count; i++) {
            Optional<Decision> redone = context.session().refinement().redo();
            context.checkHelper();
            if (redone.isEmpty()) {
                throw new FaultException("cannot redo", "nothing was taken back", "'history' lists all decisions.");
            }
            context.print("stands again: " + brief(redone.get()) + "\n");
        }
    }

    private static void note(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Word first = arguments.word(0, "a text");
        boolean numbered = first.text().matches("#[0-9]{1,9}");
        int decision = numbered ? Integer.parseInt(first.text().substring(1)) : 0;
        if (numbered) {
            arguments.word(1, "a text");
        }
        String text = String.join(" ", arguments.texts().subList(numbered ? 1 : 0, arguments.size()));
        if (!context.session().refinement().note(decision, text)) {
            throw new LineError(first.column(), "no decision " + decision, "'history' lists them.");
        }
    }

    private static void history(ReplContext context, Arguments arguments) {
        Refinement refinement = context.session().refinement();
        StringBuilder text = new StringBuilder();
        for (Decision decision : refinement.all()) {
            text.append(brief(decision));
            text.append(refinement.stands(decision.id()) ? "" : " (taken back)");
            text.append(decision.note().isEmpty() ? "" : " - " + CallText.printable(decision.note()));
            text.append('\n');
        }
        for (String note : refinement.notes()) {
            text.append("note: ").append(CallText.printable(note)).append('\n');
        }
        context.print(text.isEmpty() ? "no decisions\n" : text.toString());
    }
}
