package dev.acktrace.policy;

import dev.acktrace.policy.ExpressionTokens.Token;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.Constants;
import dev.acktrace.syscall.Signature;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads expressions over named arguments:
 *
 * <pre>
 * rule       = call [ ":" expression ]
 * expression = term { "||" term }
 * term       = factor { "&amp;&amp;" factor }
 * factor     = "!" factor | "(" expression ")" | test
 * test       = operand [ ( "==" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" ) value ] | argument "in" "{" value { "," value } "}"
 * operand    = register [ "&amp;" value ] | "(" register "&amp;" value ")"
 * register   = [ "(" ( "u64" | "u32" ) ")" ] argument
 * value      = part { "|" part }        part = [ "~" | "-" ] ( number | constant )
 * </pre>
 *
 * An operand alone holds if it is not 0. Arguments are named as in the manual page, as in the kernel, or {@code arg0}
 * to {@code arg5}; what the manual page calls {@code arg2}, as that of prctl does with the second one, is that
 * one, and {@code argument2} is the third whatever the names are. Each is compared with as many bits as the kernel uses of it, unless a width stands before it.
 */
public final class Expressions {
    private static final int MAX_ALTERNATIVES = 4096;
    private static final int MAX_DEPTH = 200;

    private final String text;
    private final Abi abi;
    private final List<Token> tokens;
    private int at;
    private int depth;
    private String call = "";

    private Expressions(String text, Abi abi) throws ExpressionException {
        this.text = text;
        this.abi = abi;
        this.tokens = ExpressionTokens.of(text);
    }

    /**
     * A call and when.
     *
     * @param call its name, or its number in decimal digits
     * @param alternatives it is meant if one of them holds; never empty
     */
    public record Selection(String call, List<Condition> alternatives) {
        public Selection {
            alternatives = List.copyOf(alternatives);
        }

        /** The rules that do something to what is selected. */
        public List<Rule> rules(Action action) {
            return alternatives.stream()
                    .map(condition -> Rule.of(call, condition, action))
                    .toList();
        }
    }

    /** Reads {@code socket}, or {@code socket: domain == AF_UNIX}. */
    public static Selection rule(String text, Abi abi) throws ExpressionException {
        Expressions parser = new Expressions(text, abi);
        Token name = parser.next();
        if (SyscallTable.of(abi).parse(name.text()).isEmpty() && !SyscallTable.known(name.text())) {
            throw parser.fail(name, "there is no call '" + name.text() + "'", "Begin with the name of a call.");
        }
        parser.call = name.text();
        if (parser.peek().text().isEmpty()) {
            return new Selection(parser.call, List.of(Condition.ALWAYS));
        }
        parser.expect(":");
        return new Selection(parser.call, parser.whole());
    }

    /** Reads the condition alone; the alternatives of which one must hold. */
    public static List<Condition> condition(String call, String text, Abi abi) throws ExpressionException {
        Expressions parser = new Expressions(text, abi);
        parser.call = call;
        return parser.whole();
    }

    private List<Condition> whole() throws ExpressionException {
        Token start = peek();
        List<List<Comparison>> alternatives = expression(false);
        if (!peek().text().isEmpty()) {
            throw fail(peek(), "the expression ends before '" + peek().text() + "'", "Join tests by && or ||.");
        }
        List<Condition> conditions = new ArrayList<>();
        for (List<Comparison> alternative : alternatives) {
            if (alternative.stream().noneMatch(Comparison::neverTrue)) {
                conditions.add(new Condition(alternative));
            }
        }
        if (conditions.isEmpty()) {
            throw fail(start, "no call can pass this", "Correct the values, or leave the rule out.");
        }
        return conditions;
    }

    private Token peek() {
        return tokens.get(Math.min(at, tokens.size() - 1));
    }

    private Token next() {
        Token token = peek();
        at++;
        return token;
    }

    private boolean take(String sign) {
        if (peek().text().equals(sign)) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(String sign) throws ExpressionException {
        if (!take(sign)) {
            String found = peek().text().isEmpty() ? "the text ends" : "there is '" + peek().text() + "'";
            throw fail(peek(), "'" + sign + "' is needed, and " + found, "Write '" + sign + "' here.");
        }
    }

    private ExpressionException fail(Token token, String problem, String remedy) {
        return new ExpressionException(text, token.column(), problem, remedy);
    }

    private List<List<Comparison>> expression(boolean negated) throws ExpressionException {
        if (++depth > MAX_DEPTH) {
            throw fail(peek(), "parentheses are nested too deeply", "Simplify the expression.");
        }
        List<List<Comparison>> result = term(negated);
        while (peek().text().equals("||")) {
            Token sign = next();
            List<List<Comparison>> right = term(negated);
            result = negated ? both(result, right, sign) : either(result, right, sign);
        }
        depth--;
        return result;
    }

    private List<List<Comparison>> term(boolean negated) throws ExpressionException {
        List<List<Comparison>> result = factor(negated);
        while (peek().text().equals("&&")) {
            Token sign = next();
            List<List<Comparison>> right = factor(negated);
            result = negated ? either(result, right, sign) : both(result, right, sign);
        }
        return result;
    }

    private List<List<Comparison>> either(List<List<Comparison>> left, List<List<Comparison>> right, Token sign)
            throws ExpressionException {
        List<List<Comparison>> result = new ArrayList<>(left);
        result.addAll(right);
        return limited(result, sign);
    }

    private List<List<Comparison>> both(List<List<Comparison>> left, List<List<Comparison>> right, Token sign)
            throws ExpressionException {
        if ((long) left.size() * right.size() > MAX_ALTERNATIVES) {
            throw fail(sign, "this makes more than " + MAX_ALTERNATIVES + " alternatives", "Split the rule.");
        }
        List<List<Comparison>> result = new ArrayList<>();
        for (List<Comparison> one : left) {
            for (List<Comparison> other : right) {
                List<Comparison> joined = new ArrayList<>(one);
                joined.addAll(other);
                result.add(joined);
            }
        }
        return result;
    }

    private List<List<Comparison>> limited(List<List<Comparison>> all, Token sign) throws ExpressionException {
        if (all.size() > MAX_ALTERNATIVES) {
            throw fail(sign, "this makes more than " + MAX_ALTERNATIVES + " alternatives", "Split the rule.");
        }
        return all;
    }

    private List<List<Comparison>> factor(boolean negated) throws ExpressionException {
        if (peek().text().equals("!")) {
            if (++depth > MAX_DEPTH) {
                throw fail(peek(), "negations are nested too deeply", "Simplify the expression.");
            }
            next();
            List<List<Comparison>> result = factor(!negated);
            depth--;
            return result;
        }
        if (peek().text().equals("(") && !atWidth() && !maskedOperand()) {
            next();
            List<List<Comparison>> inner = expression(negated);
            expect(")");
            return inner;
        }
        return test(negated);
    }

    /** Whether a width comes next: {@code (u64)} or {@code (u32)}. */
    private boolean atWidth() {
        if (!peek().text().equals("(") || at + 2 >= tokens.size()) {
            return false;
        }
        String word = tokens.get(at + 1).text();
        return (word.equals("u64") || word.equals("u32"))
                && tokens.get(at + 2).text().equals(")");
    }

    /** The width that stands here; 0 if there is none. */
    private int width() {
        if (!atWidth()) {
            return 0;
        }
        int width = tokens.get(at + 1).text().equals("u64") ? 64 : 32;
        at += 3;
        return width;
    }

    /** Whether what follows is {@code (argument & value) == …}. */
    private boolean maskedOperand() {
        int end = at;
        int open = 0;
        do {
            String token = tokens.get(end).text();
            open += token.equals("(") ? 1 : token.equals(")") ? -1 : 0;
            if (token.isEmpty() || token.equals("&&") || token.equals("||") || token.equals("!")) {
                return false;
            }
            end++;
        } while (open > 0);
        String behind = tokens.get(Math.min(end, tokens.size() - 1)).text();
        return open == 0 && (behind.equals("==") || behind.equals("!="));
    }

    private List<List<Comparison>> test(boolean negated) throws ExpressionException {
        boolean parenthesis = !atWidth() && take("(");
        int width = width();
        int index = argument();
        int bits = width > 0 ? width : Signatures.bits(abi, call, index);
        long mask = -1;
        boolean masked = take("&");
        if (masked) {
            mask = value(bits);
        }
        if (parenthesis) {
            expect(")");
        }
        Tests tests = new Tests(index, bits, mask);
        Token sign = peek();
        switch (sign.text()) {
            case "==", "!=" -> {
                next();
                Token at = peek();
                long value = value(bits);
                boolean equal = sign.text().equals("==") != negated;
                return limited(equal ? tests.equal(value) : tests.different(value), at);
            }
            case "<", "<=", ">", ">=" -> {
                next();
                if (masked) {
                    throw fail(sign, "bits cannot be ordered", "Compare them with == or !=.");
                }
                return tests.ordered(sign.text(), value(bits), negated);
            }
            case "in" -> {
                if (masked) {
                    throw fail(sign, "'in' takes an argument alone", "Write one == for each value.");
                }
                next();
                return tests.oneOf(values(bits), negated);
            }
            default -> {
                return negated ? tests.equal(0) : tests.different(0);
            }
        }
    }

    private List<Long> values(int bits) throws ExpressionException {
        List<Long> values = new ArrayList<>();
        expect("{");
        do {
            values.add(value(bits));
        } while (take(","));
        expect("}");
        return values;
    }

    private int argument() throws ExpressionException {
        Token name = next();
        Signature signature = Signatures.of(abi, call).orElse(new Signature(call, List.of()));
        OptionalInt index = signature.index(name.text());
        if (index.isPresent()) {
            return index.getAsInt();
        }
        if (name.text().matches("arg(ument)?[0-5]")) {
            return name.text().charAt(name.text().length() - 1) - '0';
        }
        List<String> names = signature.arguments().stream().map(Argument::name).toList();
        String found = name.text().isEmpty()
                ? "the name of an argument is missing"
                : call + " has no argument '" + name.text() + "'";
        throw fail(
                name,
                found,
                names.isEmpty()
                        ? "Its arguments are not described: use arg0 to arg5."
                        : "Use one of " + String.join(", ", names) + ", or arg0 to arg5.");
    }

    private long value(int bits) throws ExpressionException {
        long value = part(bits);
        while (peek().text().equals("|")) {
            next();
            value |= part(bits);
        }
        return value;
    }

    private long part(int bits) throws ExpressionException {
        long all = bits == 32 ? 0xFFFF_FFFFL : -1L;
        if (take("~")) {
            return ~part(bits) & all;
        }
        boolean negative = take("-");
        Token token = next();
        long value = negative ? -number(token) : number(token);
        boolean fits = bits == 64 || (value & ~all) == 0 || (value < 0 && value >= Integer.MIN_VALUE);
        if (!fits) {
            throw fail(
                    token,
                    "'" + token.text() + "' does not fit the 32 bits that are compared of this argument",
                    "Give a value up to 0xffffffff.");
        }
        return value & all;
    }

    private long number(Token token) throws ExpressionException {
        String word = token.text();
        OptionalLong constant = Constants.value(word);
        if (constant.isPresent()) {
            return constant.getAsLong();
        }
        try {
            if (word.startsWith("0x") || word.startsWith("0X")) {
                return Long.parseUnsignedLong(word.substring(2), 16);
            }
            if (word.length() > 1 && word.startsWith("0")) {
                return Long.parseUnsignedLong(word.substring(1), 8);
            }
            return Long.parseUnsignedLong(word);
        } catch (NumberFormatException e) {
            throw fail(
                    token,
                    word.isEmpty() ? "a value is missing" : "'" + word + "' is neither a number nor a known constant",
                    "Write a number (decimal, 0x…, 0…) or a constant of the kernel's headers.");
        }
    }
}
