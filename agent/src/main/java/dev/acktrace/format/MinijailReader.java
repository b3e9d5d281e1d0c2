package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads a policy of minijail (2026-07), as {@code minijail0 -S} and {@code compile_seccomp_policy.py} do. Where these
 * differ, the loader counts, and a warning says so.
 */
final class MinijailReader {
    private static final int DEEP = 64;
    private static final BigInteger LARGEST = BigInteger.ONE.shiftLeft(64);
    private static final Map<String, Action> ACTIONS = Map.of(
            "1", Action.ALLOW,
            "allow", Action.ALLOW,
            "kill", Action.KILL_THREAD,
            "kill-thread", Action.KILL_THREAD,
            "kill-process", Action.KILL_PROCESS,
            "trap", Action.trap(0),
            "trace", Action.trace(0),
            "log", Action.LOG,
            "user-notify", Action.NOTIFY);

    private static final int MAX_INCLUDES = 10;

    private final OciOptions options;
    private final Includes includes;
    private final List<Warning> warnings = new ArrayList<>();
    private final Map<Rule, Integer> lines = new HashMap<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Set<String> named = new HashSet<>();
    private int included;
    private Action otherwise = Action.KILL_THREAD;

    private MinijailReader(OciOptions options, Includes includes) {
        this.options = options;
        this.includes = includes;
    }

    static Imported read(byte[] bytes, String source, OciOptions options, Includes includes) throws FormatException {
        MinijailReader reader = new MinijailReader(options, includes);
        reader.lines(bytes, source, 0);
        Policy policy = Policy.of(reader.otherwise, List.of(options.host().abi()), reader.rules);
        return new Imported(
                policy,
                reader.warnings,
                reader.named,
                new Imported.Source(Imported.Kind.MINIJAIL, false, reader.lines));
    }

    private void lines(byte[] bytes, String source, int level) throws FormatException {
        List<MinijailTokens> all = MinijailTokens.lines(bytes, source);
        for (MinijailTokens line : all) {
            directive(line, level);
        }
        for (MinijailTokens line : all) {
            if (!line.peek().text().startsWith("@") && !line.atEnd()) {
                statement(line, level);
            }
        }
    }

    /** The compiler looks beside the file that includes; the loader takes one level, the compiler ten. */
    private void include(MinijailTokens line, int level) throws FormatException {
        line.take("@include");
        MinijailTokens.Token path = line.take("a path", "Write the path of the file to include.");
        if (level == MAX_INCLUDES || ++included > MAX_INCLUDES) {
            throw line.fail(
                    path, "more than " + MAX_INCLUDES + " files are included", "Check that no file includes itself.");
        }
        try {
            String file = includes.resolve(path.text(), line.source());
            lines(includes.read(file), file, level + 1);
        } catch (IOException e) {
            throw line.fail(
                    path,
                    "cannot include '" + path.text() + "': " + e.getMessage(),
                    "Correct the path, or put the text of that file in its place.");
        }
    }

    private void directive(MinijailTokens line, int level) throws FormatException {
        switch (line.peek().text()) {
            case "@default" -> {
                line.take("@default");
                MinijailTokens.Token word = line.take("an action", "Write kill-process, kill-thread or trap.");
                Action action = ACTIONS.get(word.text());
                if (action == null || Substitution.executes(action) || action.kind() == Action.Kind.TRACE) {
                    throw line.fail(
                            word,
                            "'" + word.text() + "' cannot be the default",
                            "Write kill-process, kill-thread, kill, trap or user-notify.");
                }
                otherwise = action;
            }
            case "@denylist" -> otherwise = Action.ALLOW;
            case "@frequency" -> warnings.add(line.warning("the frequency file is not read"));
            case "@include" -> include(line, level);
            default -> {
                if (line.peek().text().startsWith("@")) {
                    throw line.fail(
                            "there is no directive '" + line.peek().text() + "'",
                            "There are @default, @denylist, @frequency and @include.");
                }
            }
        }
    }

    private void statement(MinijailTokens line, int level) throws FormatException {
        List<String> calls = new ArrayList<>();
        if (line.take("{")) {
            do {
                call(line).ifPresent(calls::add);
            } while (line.take(","));
            line.expect("}");
        } else {
            call(line).ifPresent(calls::add);
        }
        line.expect(":");
        List<Rule> templates = new ArrayList<>();
        if (line.take("{")) {
            list(line, templates);
        } else {
            filter(line, templates);
        }
        if (!line.atEnd()) {
            throw line.fail("'" + line.peek().text() + "' stands behind the end of the filter", "Remove it.");
        }
        for (String call : calls) {
            if (!named.add(call)) {
                throw line.fail("there are two lines for " + call, "Keep one, and join the tests with ||.");
            }
            for (Rule rule : templates) {
                Rule one = Rule.of(call, rule.condition(), rule.action());
                rules.add(one);
                if (level == 0) {
                    lines.put(one, line.number());
                }
            }
        }
    }

    private Optional<String> call(MinijailTokens line) throws FormatException {
        MinijailTokens.Token name = line.take("the name of a call", "Write it before the colon.");
        boolean here = true;
        if (line.take("[")) {
            here = metadata(line);
        }
        if (!here) {
            return Optional.empty();
        }
        Abi abi = options.host().abi();
        if (SyscallTable.of(abi).number(name.text()).isPresent()) {
            return Optional.of(name.text());
        }
        if (options.lenient()) {
            warnings.add(line.unknownName(abi.label() + " has no call \"" + name.text() + "\"; the line is ignored"));
            return Optional.empty();
        }
        throw line.fail(
                name,
                abi.label() + " has no call \"" + name.text() + "\"",
                "Correct the name"
                        + Suggestions.didYouMean(
                                name.text(), SyscallTable.of(abi).names()) + ".");
    }

    /** {@code [arch=x86_64,arm; …]}: whether the line is for the architecture. */
    private boolean metadata(MinijailTokens line) throws FormatException {
        boolean here = true;
        do {
            String key = line.take("a key", "Write arch=NAME.").text();
            line.expect("=");
            boolean found = false;
            do {
                String value = line.take("a value", "Write arch=NAME.").text();
                found |= Abi.ofAnyName(value.equals("arm64") ? "aarch64" : value)
                        .filter(options.host().abi()::equals)
                        .isPresent();
            } while (line.take(","));
            here &= found || !key.equals("arch");
        } while (line.take(";"));
        line.expect("]");
        return here;
    }

    /** Filters of the compiler's dialect: the first whose tests hold decides. */
    private void list(MinijailTokens line, List<Rule> rules) throws FormatException {
        List<Condition> before = new ArrayList<>();
        do {
            if (line.peek().text().startsWith("arg") && !line.atEnd()) {
                List<Condition> tests = tests(line);
                Action action = line.take(";") ? action(line) : Action.ALLOW;
                add(line, rules, tests, before, action);
                before.addAll(tests);
            } else {
                add(line, rules, List.of(Condition.ALWAYS), before, action(line));
                before.add(Condition.ALWAYS);
            }
        } while (line.take(","));
        line.expect("}");
    }

    private static void add(
            MinijailTokens line, List<Rule> rules, List<Condition> tests, List<Condition> before, Action action)
            throws FormatException {
        Optional<List<Condition>> mine = Alternatives.not(before).flatMap(rest -> Alternatives.and(tests, rest));
        if (mine.isEmpty()) {
            throw line.fail("the filters of this call take too many alternatives", "Write fewer or simpler tests.");
        }
        mine.get().forEach(condition -> rules.add(Rule.of("", condition, action)));
    }

    private void filter(MinijailTokens line, List<Rule> rules) throws FormatException {
        if (line.atEnd() || !line.peek().text().startsWith("arg")) {
            rules.add(Rule.of("", action(line)));
            return;
        }
        List<Condition> tests = tests(line);
        tests.forEach(condition -> rules.add(Rule.of("", condition, Action.ALLOW)));
        Action other = Action.KILL_THREAD;
        if (line.take(";")) {
            other = action(line);
            warnings.add(line.warning("if the tests hold the call is allowed, as minijail0 -S means it;"
                    + " compile_seccomp_policy.py means the contrary"));
        }
        if (!other.equals(otherwise)) {
            add(line, rules, List.of(Condition.ALWAYS), tests, other);
        }
    }

    private Action action(MinijailTokens line) throws FormatException {
        String known = "Write 1, allow, return ERRNO, kill-process, kill-thread, trap, trace, log or user-notify.";
        MinijailTokens.Token word = line.take("what happens to the call", known);
        if (word.text().equals("return")) {
            long errno = value(line, 0);
            if (errno < 0 || errno > Errno.MAX) {
                throw line.fail(word, "there is no error " + Long.toUnsignedString(errno), "Errors go up to 4095.");
            }
            return Action.errno((int) errno);
        }
        Action action = ACTIONS.get(word.text());
        if (action == null) {
            throw line.fail(word, "there is no action '" + word.text() + "'", known);
        }
        return action;
    }

    private List<Condition> tests(MinijailTokens line) throws FormatException {
        List<Condition> alternatives = new ArrayList<>();
        do {
            List<Condition> clause = List.of(Condition.ALWAYS);
            do {
                Optional<List<Condition>> both = Alternatives.and(clause, atom(line));
                if (both.isEmpty()) {
                    throw line.fail("the tests take too many alternatives", "Write fewer tests of several bits.");
                }
                clause = both.get();
            } while (line.take("&&"));
            alternatives.addAll(clause);
            if (alternatives.size() > OciConditions.MAX_ALTERNATIVES) {
                throw line.fail("the tests take too many alternatives", "Write fewer tests.");
            }
        } while (line.take("||"));
        return alternatives;
    }

    private List<Condition> atom(MinijailTokens line) throws FormatException {
        MinijailTokens.Token argument = line.take("an argument", "Write arg0 to arg5.");
        if (!argument.text().matches("arg[0-5]")) {
            throw line.fail(argument, "there is no argument '" + argument.text() + "'", "Write arg0 to arg5.");
        }
        int index = argument.text().charAt(3) - '0';
        MinijailTokens.Token operator = line.take("an operator", "Write ==, !=, <, <=, >, >=, & or in.");
        long value = value(line, 0);
        return switch (operator.text()) {
            case "==" -> List.of(Condition.of(Comparison.of(index, Operator.EQ, value)));
            case "!=" -> List.of(Condition.of(Comparison.of(index, Operator.NE, value)));
            case "<" -> List.of(Condition.of(Comparison.of(index, Operator.LT, value)));
            case "<=" -> List.of(Condition.of(Comparison.of(index, Operator.LE, value)));
            case ">" -> List.of(Condition.of(Comparison.of(index, Operator.GT, value)));
            case ">=" -> List.of(Condition.of(Comparison.of(index, Operator.GE, value)));
            case "in" -> List.of(Condition.of(Comparison.masked(index, ~value, 0)));
            case "&" ->
                Alternatives.not(List.of(Condition.of(Comparison.masked(index, value, 0))))
                        .orElseThrow();
            default ->
                throw line.fail(
                        operator,
                        "there is no operator '" + operator.text() + "'",
                        "Write ==, !=, <, <=, >, >=, & or in.");
        };
    }

    private long value(MinijailTokens line, int depth) throws FormatException {
        if (depth > DEEP) {
            throw line.fail("parentheses are nested too deep", "Write the number itself.");
        }
        long value = 0;
        do {
            boolean complement = line.take("~");
            long one;
            if (line.take("(")) {
                one = value(line, depth + 1);
                line.expect(")");
            } else {
                one = constant(line);
            }
            value |= complement ? ~one : one;
        } while (line.take("|"));
        return value;
    }

    private long constant(MinijailTokens line) throws FormatException {
        MinijailTokens.Token token = line.take("a value", "Write a number.");
        String text = token.text();
        OptionalInt errno = Errno.parse(text);
        if (!text.isEmpty() && !Character.isDigit(text.charAt(0)) && errno.isPresent()) {
            return errno.getAsInt();
        }
        boolean negative = text.startsWith("-");
        String digits = negative ? text.substring(1) : text;
        int radix = digits.startsWith("0x") || digits.startsWith("0X") ? 16 : digits.startsWith("0") ? 8 : 10;
        digits = radix == 16 ? digits.substring(2) : digits;
        if (digits.isEmpty() || digits.length() > 24 || !digits.matches("[0-9a-fA-F]+")) {
            throw line.fail(
                    token, "'" + text + "' is not a value", "Write a number; names of constants are not known here.");
        }
        try {
            BigInteger value = new BigInteger(digits, radix);
            if (value.compareTo(negative ? LARGEST.shiftRight(1) : LARGEST.subtract(BigInteger.ONE)) > 0) {
                throw line.fail(token, "'" + text + "' has more than 64 bits", "Write a smaller number.");
            }
            return negative ? -value.longValue() : value.longValue();
        } catch (NumberFormatException e) {
            throw line.fail(token, "'" + text + "' is not a number", "Write decimal, 0x or 0 digits.");
        }
    }
}
