package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.Palette;
import dev.acktrace.cli.output.Table;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.FaultException;
import dev.acktrace.refine.RefineSession;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Verbs about the session itself. */
final class SessionVerbs {
    private SessionVerbs() {}

    static List<Verb> all() {
        return List.of(
                new Verb.Builder(
                                "help",
                                Group.SESSION,
                                "help [COMMAND]",
                                "list the commands, or tell more of one",
                                "help allow")
                        .words(1, Completion.VERB)
                        .does(SessionVerbs::help),
                new Verb.Builder(
                                "set", Group.SESSION, "set [NAME VALUE]", "show or change settings", "set errno EACCES")
                        .words(2, Completion.SETTING, Completion.NONE)
                        .does(SessionVerbs::set),
                new Verb.Builder(
                                "source",
                                Group.SESSION,
                                "source FILE",
                                "carry out the lines of a file",
                                "source web.acktrace")
                        .words(1, Completion.FILE)
                        .does(SessionVerbs::source),
                new Verb.Builder(
                                "quit",
                                Group.SESSION,
                                "quit [STATUS] [--force]",
                                "leave; a target that was launched is killed",
                                "quit")
                        .words(1, Completion.NONE)
                        .option(Verb.Option.flag("--force", "do not ask about what is not saved"))
                        .does(SessionVerbs::quit));
    }

    private static void help(ReplContext context, Arguments arguments) throws LineError {
        Optional<Word> word = arguments.word(0);
        Palette palette = context.screen().palette();
        context.print(word.isPresent() ? help(palette, Verbs.find(word.get())) : list(palette));
    }

    /** All commands with one line each. */
    static String list(Palette palette) {
        StringBuilder text = new StringBuilder();
        for (Group group : Group.values()) {
            Table table = new Table("ll");
            for (Verb verb : Verbs.list()) {
                if (verb.group() == group) {
                    table.row(verb.name(), verb.summary());
                }
            }
            text.append(palette.heading(group.heading())).append('\n').append(table.text("  "));
        }
        return text.append("The beginning of a name is enough. 'help COMMAND' tells more.\n")
                .toString();
    }

    /** All of one command. */
    static String help(Palette palette, Verb verb) {
        StringBuilder text = new StringBuilder();
        text.append(palette.heading(verb.synopsis())).append('\n');
        text.append("  ").append(verb.summary()).append('\n');
        Table table = new Table("ll");
        for (Verb.Option option : verb.options()) {
            table.row((option.name() + " " + option.value()).strip(), option.summary());
        }
        text.append(table.text("  "));
        return text.append("  Example: ").append(verb.example()).append('\n').toString();
    }

    private static void set(ReplContext context, Arguments arguments) throws LineError {
        Optional<Word> name = arguments.word(0);
        if (name.isPresent()) {
            Word value = arguments.word(1, "a value");
            String wrong = context.set().set(name.get().text(), value.text());
            if (!wrong.isEmpty()) {
                boolean aboutName = wrong.startsWith("no setting");
                throw new LineError(aboutName ? name.get().column() : value.column(), wrong, "'set' shows all.");
            }
            return;
        }
        Table table = new Table("ll");
        new TreeMap<>(context.set().all()).forEach(table::row);
        context.print(table.text(""));
    }

    private static void source(ReplContext context, Arguments arguments)
            throws LineError, FaultException, InterruptedException {
        Word file = arguments.word(0, "the name of a file");
        new Script(context, false).source(file.text());
    }

    private static void quit(ReplContext context, Arguments arguments) throws LineError {
        Optional<Word> status = arguments.word(0);
        int number = status.isPresent() ? arguments.number(status.get(), 0, 255) : 0;
        if (arguments.has("--force") || mayLeave(context)) {
            context.quit(number);
        }
    }

    /** Asks about what would be lost. */
    static boolean mayLeave(ReplContext context) {
        RefineSession session = context.session();
        if (!context.screen().interactive()) {
            return true;
        }
        int unsaved = session.refinement().unsaved();
        String question = unsaved > 0 ? unsaved + " decisions are not saved in a policy" : "";
        if (session.running() && !session.attached()) {
            question += (question.isEmpty() ? "" : ", and ") + "the target still runs and will be killed";
        }
        return question.isEmpty() || context.screen().confirm(question + ". Leave?", true);
    }
}
