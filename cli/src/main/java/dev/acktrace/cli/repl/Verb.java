package dev.acktrace.cli.repl;

import dev.acktrace.fault.FaultException;
import java.util.ArrayList;
import java.util.List;

/**
 * A command of the session.
 *
 * @param name one word
 * @param group heading in the help
 * @param synopsis how it is written
 * @param summary what it does, one line without a full stop
 * @param example a line that can be typed
 * @param most how many words it takes at most
 * @param foreign whether the first word ends the options, because what follows is another program's
 * @param options its options
 * @param completions what stands at each place; the last holds for all that follow
 * @param action what it does
 */
record Verb(
        String name,
        Group group,
        String synopsis,
        String summary,
        String example,
        int most,
        boolean foreign,
        List<Option> options,
        List<Completion> completions,
        Action action) {
    /** As many words as one likes. */
    static final int ANY = 10_000;

    /** Copies the lists. */
    Verb {
        options = List.copyOf(options);
        completions = List.copyOf(completions);
    }

    /** Headings of the help, in their order. */
    enum Group {
        TARGET("Target"),
        SEEN("What was seen"),
        DECIDE("Decisions"),
        POLICY("Policy"),
        SESSION("Session");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        String heading() {
            return heading;
        }
    }

    /** What a place in a line is for. */
    enum Completion {
        NONE,
        VERB,
        CALL,
        SEEN_CALL,
        ERRNO,
        SIGNAL,
        MODE,
        FILE,
        DECISION,
        PHASE,
        RULES,
        FORMAT,
        IMAGE,
        SETTING,
        ANSWER,
        NOW,
        PROGRAM
    }

    /**
     * An option.
     *
     * @param name with its dashes
     * @param value what it takes; empty if nothing
     * @param summary what it does
     * @param completion what its value is
     */
    record Option(String name, String value, String summary, Completion completion) {
        static Option flag(String name, String summary) {
            return new Option(name, "", summary, Completion.NONE);
        }
    }

    /** What a verb does. */
    @FunctionalInterface
    interface Action {
        void run(ReplContext context, Arguments arguments) throws LineError, FaultException, InterruptedException;
    }

    /** Collects the parts of a verb that most leave as they are. */
    static final class Builder {
        private final String name;
        private final Group group;
        private final String synopsis;
        private final String summary;
        private final String example;
        private int most;
        private boolean foreign;
        private final List<Option> options = new ArrayList<>();
        private List<Completion> completions = List.of();

        Builder(String name, Group group, String synopsis, String summary, String example) {
            this.name = name;
            this.group = group;
            this.synopsis = synopsis;
            this.summary = summary;
            this.example = example;
        }

        Builder words(int count, Completion... kinds) {
            most = count;
            completions = List.of(kinds);
            return this;
        }

        Builder foreign() {
            foreign = true;
            return this;
        }

        Builder option(Option option) {
            options.add(option);
            return this;
        }

        Verb does(Action action) {
            return new Verb(name, group, synopsis, summary, example, most, foreign, options, completions, action);
        }
    }
}
