package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.format.Format;
import dev.acktrace.refine.Decision;
import dev.acktrace.refine.Mode;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.report.CallFactsheet;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What can stand where the cursor is, with a line about each. */
final class VerbCompleter {
    private static final int MOST_FILES = 500;

    private final CompletionSource source;

    VerbCompleter(CompletionSource source) {
        this.source = source;
    }

    /**
     * A word that can be typed.
     *
     * @param text the word
     * @param about one line; may be empty
     * @param group heading under which it is listed
     * @param complete whether a blank follows
     */
    record Choice(String text, String about, String group, boolean complete) {}

    /**
     * The choices.
     *
     * @param before the words before the one under the cursor
     * @param word the part of the word that is typed
     */
    List<Choice> choices(List<String> before, String word) {
        if (before.isEmpty()) {
            return verbs();
        }
        Optional<Verb> verb = verb(before.get(0));
        if (verb.isEmpty()) {
            return List.of();
        }
        String last = before.get(before.size() - 1);
        for (Verb.Option option : verb.get().options()) {
            if (option.name().equals(last) && !option.value().isEmpty()) {
                return of(option.completion(), word);
            }
        }
        List<Choice> choices = new ArrayList<>();
        if (word.startsWith("-")) {
            for (Verb.Option option : verb.get().options()) {
                choices.add(new Choice(option.name(), option.summary(), "options", true));
            }
            return choices;
        }
        return place(verb.get(), before, word);
    }

    private List<Choice> place(Verb verb, List<String> before, String word) {
        List<Completion> kinds = verb.completions();
        int place = 0;
        for (int i = 1; i < before.size(); i++) {
            place += before.get(i).startsWith("--") ? 0 : 1;
        }
        if (kinds.isEmpty() || place >= verb.most()) {
            return List.of();
        }
        if (place > 0 && (verb.name().equals("allow") || verb.name().equals("deny"))) {
            List<Choice> choices = new ArrayList<>(argumentNames(before.get(1)));
            if (place == 1 && verb.name().equals("deny")) {
                choices.addAll(of(Completion.ERRNO, word));
            }
            return choices;
        }
        return of(kinds.get(Math.min(place, kinds.size() - 1)), word);
    }

    private static Optional<Verb> verb(String name) {
        try {
            return Optional.of(Verbs.find(new Word(name, 1, false)));
        } catch (LineError e) {
            return Optional.empty();
        }
    }

    private static List<Choice> verbs() {
        return Verbs.list().stream()
                .map(verb ->
                        new Choice(verb.name(), verb.summary(), verb.group().heading(), true))
                .toList();
    }

    private List<Choice> of(Completion kind, String word) {
        return switch (kind) {
            case NONE -> List.of();
            case VERB -> verbs();
            case CALL -> calls();
            case SEEN_CALL -> seenCalls();
            case ERRNO -> errnos();
            case SIGNAL -> words("signals", Signals.names());
            case MODE ->
                Stream.of(Mode.values())
                        .map(mode -> new Choice(mode.label(), "unknown calls: " + mode.meaning(), "modes", true))
                        .toList();
            case FILE -> files(word);
            case DECISION -> decisions();
            case PHASE -> words("phases", source.phases());
            case RULES -> words("rules", List.of("names", "args"));
            case FORMAT ->
                Stream.of(Format.values())
                        .map(format -> new Choice(format.label(), format.summary(), "formats", true))
                        .toList();
            case IMAGE ->
                words(
                        "programs",
                        new ArrayList<>(new TreeSet<>(source.shapes().stream()
                                .map(view -> view.shape().key().image())
                                .filter(image -> !image.isEmpty())
                                .toList())));
            case SETTING ->
                new TreeMap<>(source.settings())
                        .entrySet().stream()
                                .map(entry -> new Choice(entry.getKey(), entry.getValue(), "settings", true))
                                .toList();
            case ANSWER ->
                words("answers", List.of("allow", "args", "deny", "deny-once", "family", "kill", "learn", "once"));
            case NOW -> List.of(new Choice("now", "at once, in the running target", "when", true));
            case PROGRAM -> word.contains("/") ? files(word) : List.of();
        };
    }

    private static List<Choice> words(String group, List<String> words) {
        return words.stream().map(word -> new Choice(word, "", group, true)).toList();
    }

    /** A line about a call: its arguments and what it is about. */
    static String about(Syscall call) {
        List<String> names =
                CallText.arguments(call).stream().map(Argument::name).toList();
        return CallFactsheet.category(call.name()) + ": " + String.join(", ", names);
    }

    private static List<Choice> calls() {
        List<Choice> choices = new ArrayList<>();
        SyscallTable table = SyscallTable.of(Abi.host());
        for (String name : table.names()) {
            Syscall call = new Syscall(Abi.host(), table.number(name).orElse(0));
            choices.add(new Choice(name, about(call), "system calls", true));
        }
        return choices;
    }

    private List<Choice> seenCalls() {
        TreeMap<String, Long> counts = new TreeMap<>();
        for (ShapeView view : source.shapes()) {
            counts.merge(view.call(), view.shape().count(), Long::sum);
        }
        return counts.entrySet().stream()
                .map(entry -> new Choice(entry.getKey(), entry.getValue() + " calls", "seen", true))
                .toList();
    }

    private static List<Choice> argumentNames(String call) {
        var number = SyscallTable.of(Abi.host()).parse(call.replaceFirst(":$", ""));
        if (number.isEmpty()) {
            return List.of();
        }
        return CallText.arguments(new Syscall(Abi.host(), number.getAsInt())).stream()
                .map(argument -> new Choice(argument.name(), argument.type(), "arguments", true))
                .toList();
    }

    private static List<Choice> errnos() {
        List<Choice> choices = new ArrayList<>();
        for (String row : Facts.rows("errno.csv")) {
            String name = Facts.split(row, ',').get(0);
            choices.add(new Choice(name, "errno " + Errno.parse(name).orElse(0), "errno", true));
        }
        choices.add(new Choice("kill", "end the process with SIGKILL", "errno", true));
        return choices;
    }

    private List<Choice> decisions() {
        return source.decisions().stream()
                .map((Decision decision) ->
                        new Choice("#" + decision.id(), DecideVerbs.brief(decision), "decisions", true))
                .toList();
    }

    private static List<Choice> files(String word) {
        int slash = word.lastIndexOf('/');
        String directory = slash < 0 ? "" : word.substring(0, slash + 1);
        List<Choice> choices = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of(directory.isEmpty() ? "." : directory))) {
            entries.limit(MOST_FILES).forEach(path -> {
                boolean isDirectory = Files.isDirectory(path);
                String text = directory + path.getFileName() + (isDirectory ? "/" : "");
                choices.add(new Choice(text, "", "files", !isDirectory));
            });
        } catch (IOException | UncheckedIOException e) {
            return choices;
        }
        return choices;
    }
}
