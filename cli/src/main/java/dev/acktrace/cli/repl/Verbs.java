package dev.acktrace.cli.repl;

import java.util.ArrayList;
import java.util.List;

/** All verbs, and how a word becomes one of them. */
final class Verbs {
    private static final List<Verb> ALL = all();

    private Verbs() {}

    private static List<Verb> all() {
        List<Verb> verbs = new ArrayList<>();
        verbs.addAll(TargetVerbs.all());
        verbs.addAll(EnforceVerbs.all());
        verbs.addAll(SeenVerbs.all());
        verbs.addAll(DecideVerbs.all());
        verbs.addAll(PolicyVerbs.all());
        verbs.addAll(ToolVerbs.all());
        verbs.addAll(SessionVerbs.all());
        return List.copyOf(verbs);
    }

    /** Every verb, in the order of the help. */
    static List<Verb> list() {
        return ALL;
    }

    /** The verb of a name or of an unambiguous beginning of one. */
    static Verb find(Word word) throws LineError {
        List<Verb> fitting = new ArrayList<>();
        for (Verb verb : ALL) {
            if (verb.name().equals(word.text())) {
                return verb;
            }
            if (verb.name().startsWith(word.text())) {
                fitting.add(verb);
            }
        }
        if (fitting.size() == 1) {
            return fitting.get(0);
        }
        if (fitting.isEmpty()) {
            throw new LineError(word.column(), "no command '" + word.text() + "'", "'help' lists the commands.");
        }
        throw new LineError(
                word.column(),
                "'" + word.text() + "' may be "
                        + String.join(", ", fitting.stream().map(Verb::name).toList()),
                "Write more of it.");
    }
}
