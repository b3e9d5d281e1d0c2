package dev.acktrace.cli.repl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The words behind a verb, with its options taken out. */
final class Arguments {
    private final Verb verb;
    private final String line;
    private final int end;
    private final List<Word> words = new ArrayList<>();
    private final Map<String, String> options = new HashMap<>();

    /**
     * Parses the words behind a verb.
     *
     * @param line the whole line
     * @param all all its words, the verb first
     */
    Arguments(Verb verb, String line, List<Word> all) throws LineError {
        this.verb = verb;
        this.line = line;
        this.end = line.length() + 1;
        boolean options = true;
        for (int i = 1; i < all.size(); i++) {
            Word word = all.get(i);
            if (options && !word.quoted() && word.text().equals("--")) {
                options = false;
            } else if (options && !word.quoted() && word.text().startsWith("--")) {
                i = option(all, i);
            } else {
                words.add(word);
                options &= !verb.foreign();
            }
        }
        if (words.size() > verb.most()) {
            Word extra = words.get(verb.most());
            throw new LineError(extra.column(), "'" + extra.text() + "' is one word too many", usage());
        }
    }

    private int option(List<Word> all, int index) throws LineError {
        Word word = all.get(index);
        String name = word.text();
        int equals = name.indexOf('=');
        String key = equals < 0 ? name : name.substring(0, equals);
        Verb.Option known = verb.options().stream()
                .filter(option -> option.name().equals(key))
                .findFirst()
                .orElseThrow(() -> new LineError(word.column(), "no option '" + key + "'", usage()));
        if (known.value().isEmpty()) {
            options.put(key, "");
            return index;
        }
        if (equals >= 0) {
            options.put(key, name.substring(equals + 1));
            return index;
        }
        if (index + 1 >= all.size()) {
            throw new LineError(end, key + " needs " + known.value(), usage());
        }
        options.put(key, all.get(index + 1).text());
        return index + 1;
    }

    private String usage() {
        return "Usage: " + verb.synopsis() + " ('help " + verb.name() + "' tells more).";
    }

    /** How many words there are. */
    int size() {
        return words.size();
    }

    /** A word that must be there. */
    Word word(int index, String what) throws LineError {
        if (index >= words.size()) {
            throw new LineError(end, verb.name() + " needs " + what, usage());
        }
        return words.get(index);
    }

    /** A word that may be there. */
    Optional<Word> word(int index) {
        return index < words.size() ? Optional.of(words.get(index)) : Optional.empty();
    }

    /** The texts of all words. */
    List<String> texts() {
        return words.stream().map(Word::text).toList();
    }

    /** The line from a word on, as it was typed, without options behind it. */
    String from(int index) {
        if (index >= words.size()) {
            return "";
        }
        String rest = line.substring(words.get(index).column() - 1);
        int option = rest.indexOf(" --");
        return (option >= 0 && !options.isEmpty() ? rest.substring(0, option) : rest).strip();
    }

    /** Whether an option is there. */
    boolean has(String option) {
        return options.containsKey(option);
    }

    /** The value of an option. */
    Optional<String> value(String option) {
        return Optional.ofNullable(options.get(option));
    }

    /** A word as a number. */
    int number(Word word, int least, int most) throws LineError {
        try {
            int number = Integer.parseInt(word.text());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new LineError(word.column(), "'" + word.text() + "' is no number from " + least + " to " + most, usage());
    }

    /** Whether a word is one of several. */
    Word oneOf(Word word, Set<String> allowed) throws LineError {
        if (!allowed.contains(word.text())) {
            throw new LineError(
                    word.column(),
                    "'" + word.text() + "' is none of " + String.join(", ", new TreeSet<>(allowed)),
                    usage());
        }
        return word;
    }
}
