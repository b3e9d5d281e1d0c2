package dev.acktrace.cli.output;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Evidence;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Signature;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.syscall.ValueNames;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Calls as a person reads them. */
public final class CallText {
    /** The working directory where a call takes a directory's descriptor, linux/fcntl.h. */
    private static final int AT_FDCWD = -100;

    private CallText() {}

    /** A shape: the arguments that are part of it, and what texts were seen. */
    public static String of(Shape shape) {
        ShapeKey key = shape.key();
        List<String> parts = new ArrayList<>();
        List<Argument> arguments = arguments(key.call());
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            Optional<String> text = text(shape, i);
            String name = i < arguments.size() ? arguments.get(i).name() : "arg" + i;
            if (text.isPresent()) {
                parts.add(name + ": " + text.get());
            } else if (key.isSignificant(i)) {
                parts.add(name + ": " + value(key.call(), i, key.argument(i)));
            }
        }
        return key.call().name() + "(" + String.join(", ", parts) + ")";
    }

    private static Optional<String> text(Shape shape, int index) {
        for (Evidence evidence : shape.texts()) {
            if (evidence.argument() == index) {
                String shown = evidence.kind().equals("sockaddr") && evidence.hex()
                        ? SocketAddress.text(HexFormat.of().parseHex(evidence.text()))
                        : quoted(evidence.text(), evidence.truncated());
                return Optional.of(shown);
            }
        }
        return Optional.empty();
    }

    /** One call with all its arguments. */
    public static String of(Syscall call, RingRecord record) {
        return call.name() + arguments(call, record);
    }

    /** All arguments of one call, in parentheses; only the parentheses where its signature is not known. */
    static String arguments(Syscall call, RingRecord record) {
        List<String> parts = new ArrayList<>();
        List<Argument> arguments = arguments(call);
        for (int i = 0; i < arguments.size(); i++) {
            parts.add(arguments.get(i).name() + ": " + argument(call, arguments.get(i), record, i));
        }
        return "(" + String.join(", ", parts) + ")";
    }

    private static String argument(Syscall call, Argument argument, RingRecord record, int index) {
        for (Text text : record.texts()) {
            if (text.argument() == index && text.kind() == TextKind.PATH) {
                return quoted(text.string(), text.truncated());
            }
            if (text.argument() == index && text.kind() == TextKind.SOCKADDR) {
                return SocketAddress.text(text.bytes());
            }
        }
        long value = record.arguments()[index];
        if (argument.type().equals("umode_t")) {
            return (value & 0xFFFF) == 0 ? "0" : "0" + Long.toOctalString(value & 0xFFFF);
        }
        return switch (argument.kind()) {
            case FD -> (int) value == AT_FDCWD ? "AT_FDCWD" : String.valueOf((int) value);
            case PID -> String.valueOf((int) value);
            case LENGTH -> Long.toUnsignedString(value);
            case PATH, SOCKADDR, POINTER -> value == 0 ? "NULL" : "0x" + Long.toHexString(value);
            case ENUM, FLAGS, OTHER -> value(call, index, value);
        };
    }

    /** A value of an argument, by name where that is known. */
    public static String value(Syscall call, int index, long value) {
        Optional<String> name = ValueNames.of(call, index, value);
        if (name.isPresent()) {
            return name.get();
        }
        long shown = Signatures.bits(call.abi(), call.name(), index) == 32 ? value & 0xFFFF_FFFFL : value;
        return shown >= 0 && shown < 10 ? Long.toString(shown) : "0x" + Long.toHexString(shown);
    }

    public static List<Argument> arguments(Syscall call) {
        return Signatures.of(call.abi(), call.name()).map(Signature::arguments).orElse(List.of());
    }

    private static String quoted(String text, boolean truncated) {
        return '"' + printable(text) + '"' + (truncated ? "…" : "");
    }

    /** Text that cannot move a cursor: control characters as escapes. */
    public static String printable(String text) {
        StringBuilder safe = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || c == '"' || c == '\\') {
                safe.append(c == '"' || c == '\\' ? "\\" + c : String.format("\\x%02x", (int) c));
            } else {
                safe.append(c);
            }
        }
        return safe.toString();
    }

    /** A rule in the words of the session. */
    public static String rule(Rule rule) {
        String action = switch (rule.action().kind()) {
            case ALLOW -> "allow ";
            case ERRNO -> "deny " + errno(rule.action().data()) + " ";
            case KILL_PROCESS, KILL_THREAD -> "kill at ";
            default -> rule.action() + " ";
        };
        return action + rule.call() + condition(rule);
    }

    /** The condition of a rule with the names of its arguments; empty if there is none. */
    public static String condition(Rule rule) {
        List<String> parts = new ArrayList<>();
        for (Comparison comparison : rule.condition().comparisons()) {
            parts.add(comparison(rule.call(), comparison));
        }
        return parts.isEmpty() ? "" : ": " + String.join(" && ", parts);
    }

    private static String comparison(String call, Comparison comparison) {
        Abi abi = Abi.host();
        List<Argument> arguments =
                Signatures.of(abi, call).map(Signature::arguments).orElse(List.of());
        String name = comparison.index() < arguments.size()
                ? arguments.get(comparison.index()).name()
                : "arg" + comparison.index();
        long mask = comparison.mask();
        boolean whole = mask == -1L || mask == 0xFFFF_FFFFL;
        Syscall known = new Syscall(abi, SyscallTable.of(abi).parse(call).orElse(-1));
        String value = ValueNames.of(known, comparison.index(), comparison.value())
                .orElse("0x" + Long.toHexString(comparison.value()));
        return switch (comparison.operator()) {
            case MASKED_EQ ->
                whole ? name + " == " + value : "(" + name + " & 0x" + Long.toHexString(mask) + ") == " + value;
            default -> name + " " + comparison.operator().symbol() + " " + value;
        };
    }

    /** {@code ECONNREFUSED}, or the number. */
    public static String errno(int number) {
        return Errno.name(number).orElse("errno " + number);
    }

    /** The last part of a path. */
    public static String base(String path) {
        return printable(path.substring(path.lastIndexOf('/') + 1));
    }
}
