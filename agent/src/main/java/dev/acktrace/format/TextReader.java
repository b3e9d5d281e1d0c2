package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.ExpressionException;
import dev.acktrace.policy.Expressions;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text that {@link TextWriter} writes, and that people write by hand: {@code default: ACTION}, then actions
 * as headings and below them a call a line, each with an expression over its arguments if it is not meant whatever
 * they are.
 */
final class TextReader {
    private static final Pattern CALL = Pattern.compile("([^\\s:\\[]+)\\s*(?:\\[([^\\]]*)\\])?\\s*(:)?\\s*");
    private static final Pattern DEFAULT = Pattern.compile("default:\\s*[A-Z_]{3,12}\\s*(\\([A-Z0-9]+\\))?\\s*(#.*)?");

    private final String source;
    private final OciOptions options;
    private final List<Warning> warnings = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Map<Rule, Integer> lines = new HashMap<>();
    private final Set<String> named = new TreeSet<>();
    private final Set<Abi> architectures = EnumSet.noneOf(Abi.class);
    private @Nullable Action otherwise;
    private @Nullable Action section;
    private @Nullable Set<FilterFlag> flags;
    private @Nullable String listener;
    private String metadata = "";
    private int number;

    private TextReader(String source, OciOptions options) {
        this.source = source;
        this.options = options;
    }

    /** Whether a line is one that only such a text has. */
    static boolean isText(String line) {
        return DEFAULT.matcher(line).matches();
    }

    static Imported read(byte[] bytes, String source, OciOptions options) throws FormatException {
        TextReader reader = new TextReader(source, options);
        for (String line : TextLines.strict(bytes, source)) {
            reader.number++;
            reader.line(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
        }
        return reader.policy();
    }

    private Imported policy() throws FormatException {
        if (otherwise == null) {
            throw new FormatException(source, 0, 0, "there is no line 'default:'", "Write 'default: ERRNO(EPERM)'.");
        }
        if (architectures.isEmpty()) {
            architectures.add(options.host().abi());
        }
        Optional<Policy.Listener> where =
                Optional.ofNullable(listener).map(path -> new Policy.Listener(path, metadata));
        Policy policy =
                new Policy(otherwise, List.copyOf(architectures), expressed(), Optional.ofNullable(flags), where);
        return new Imported(policy, warnings, named, new Imported.Source(Imported.Kind.TEXT, false, lines));
    }

    /** A line whose expression waits until the architectures are known. */
    private record Entry(int line, String text, int column, String call, List<Abi> abis, Action action) {}

    private final List<Entry> entries = new ArrayList<>();

    private void line(String raw) throws FormatException {
        boolean verbatim = raw.startsWith("listener:") || raw.startsWith("metadata:");
        int comment = verbatim ? -1 : raw.indexOf('#');
        String line = (comment < 0 ? raw : raw.substring(0, comment)).stripTrailing();
        if (line.isBlank()) {
            return;
        }
        if (Character.isWhitespace(line.charAt(0))) {
            entry(line);
            return;
        }
        int colon = line.indexOf(':');
        if (colon < 0) {
            throw fail(1, "a ':' is missing", "Write ACTION: as a heading, and indent the calls below it.");
        }
        String key = line.substring(0, colon);
        String value = line.substring(colon + 1).strip();
        switch (key) {
            case "default" -> otherwise = action(value, colon + 2);
            case "architectures" -> architectures.addAll(abis(value, colon + 2));
            case "flags" -> flags = flags(value, colon + 2);
            case "listener" -> listener = value;
            case "metadata" -> metadata = value;
            default -> {
                section = action(key, 1);
                if (!value.isEmpty()) {
                    throw fail(colon + 2, "there is more behind the action", "Write the calls on lines of their own.");
                }
            }
        }
    }

    private FormatException fail(int column, String problem, String remedy) {
        return new FormatException(source, number, column, problem, remedy);
    }

    private Action action(String word, int column) throws FormatException {
        Optional<Action> action = Action.parse(word);
        if (action.isEmpty() && word.startsWith("ERRNO(") && word.endsWith(")")) {
            OptionalInt errno = Errno.parse(word.substring("ERRNO(".length(), word.length() - 1));
            action = errno.isPresent() ? Optional.of(Action.errno(errno.getAsInt())) : action;
        }
        return action.filter(found -> found.kind() != Action.Kind.ERRNO || found.data() <= Errno.MAX)
                .orElseThrow(() -> fail(
                        column,
                        "there is no action '" + word + "'",
                        "Write ALLOW, LOG, ERRNO(EPERM), TRAP, TRACE(1), NOTIFY, KILL_THREAD or KILL_PROCESS."));
    }

    private List<Abi> abis(String words, int column) throws FormatException {
        List<Abi> abis = new ArrayList<>();
        for (String word : words.split("[\\s,]+", -1)) {
            if (!word.isEmpty()) {
                abis.add(Abi.ofAnyName(word)
                        .orElseThrow(() -> fail(
                                column,
                                "there is no architecture '" + word + "'",
                                "Write names such as x86_64 or aarch64.")));
            }
        }
        return abis;
    }

    private Set<FilterFlag> flags(String words, int column) throws FormatException {
        Set<FilterFlag> found = EnumSet.noneOf(FilterFlag.class);
        for (String word : words.split("[\\s,]+", -1)) {
            if (!word.isEmpty() && !word.equals("none")) {
                found.add(FilterFlag.ofOciName(word)
                        .orElseThrow(() -> fail(
                                column,
                                "there is no flag '" + word + "'",
                                "Write 'none' or names such as SECCOMP_FILTER_FLAG_LOG.")));
            }
        }
        return found;
    }

    private void entry(String line) throws FormatException {
        String text = line.stripLeading();
        int column = line.length() - text.length() + 1;
        Action action = section;
        if (action == null) {
            throw fail(column, "a call stands before the first action", "Write a heading such as 'ALLOW:' above it.");
        }
        Matcher matcher = CALL.matcher(text);
        if (!matcher.lookingAt() || (matcher.group(3) == null && matcher.end() < text.length())) {
            throw fail(column, "this is not CALL, CALL [ARCH] or CALL: EXPRESSION", "Write for example 'read'.");
        }
        boolean tested = matcher.group(3) != null;
        String expression = tested ? text.substring(matcher.end()) : "";
        if (tested && expression.isEmpty()) {
            throw fail(column + text.length(), "there is no expression behind the ':'", "Leave the ':' out.");
        }
        String call = matcher.group(1);
        List<Abi> abis = matcher.group(2) == null ? List.of() : abis(matcher.group(2), column + matcher.start(2));
        if (known(call, column)) {
            entries.add(new Entry(number, expression, column + matcher.end(), call, abis, action));
        }
    }

    private boolean known(String call, int column) throws FormatException {
        boolean digits = call.chars().allMatch(c -> c >= '0' && c <= '9');
        if (SyscallTable.known(call)
                || (digits && SyscallTable.of(Abi.X86_64).parse(call).isPresent())) {
            return true;
        }
        String problem = "no architecture has a call \"" + call + "\"";
        if (!options.lenient()) {
            throw fail(
                    column,
                    problem,
                    "Correct the name" + Suggestions.didYouMean(call, SyscallTable.everyName())
                            + ", or pass --lenient to ignore unknown names.");
        }
        warnings.add(new Warning(Warning.Kind.UNKNOWN_NAME, source, number, column, problem + "; it is ignored"));
        return false;
    }

    private List<Rule> expressed() throws FormatException {
        for (Entry entry : entries) {
            number = entry.line();
            named.add(entry.call());
            for (Condition condition : conditions(entry)) {
                Rule rule = new Rule(entry.call(), entry.abis(), condition, entry.action());
                rules.add(rule);
                lines.putIfAbsent(rule, entry.line());
            }
        }
        return rules;
    }

    private List<Condition> conditions(Entry entry) throws FormatException {
        if (entry.text().isEmpty()) {
            return List.of(Condition.ALWAYS);
        }
        try {
            return Expressions.condition(
                    entry.call(), entry.text(), TextWriter.namingAbi(entry.abis(), List.copyOf(architectures)));
        } catch (ExpressionException e) {
            throw fail(entry.column() + e.column() - 1, e.problem(), e.remedy());
        }
    }
}
