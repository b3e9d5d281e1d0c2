package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a policy of a log: it allows the calls that are in it, whatever their arguments, and answers EPERM to the
 * rest. Logs are those of {@code strace -f} (6.x) and of the kernel's audit ({@code type=SECCOMP}, 1326).
 */
final class LogReader {
    private static final int SHOWN = 5;
    private static final Pattern STRACE = Pattern.compile("^(?:\\[pid +)?([0-9]{1,10})?\\]?"
            + " *(?:[0-9]+(?:[:.][0-9]+)*(?:\\.[0-9]+)? +)?(?:\\[ *[0-9a-fx?]+\\] +)?([a-z_][a-z0-9_]{1,40})\\(");
    private static final Pattern UNKNOWN = Pattern.compile("syscall_(0x[0-9a-f]{1,8})");
    private static final Pattern MODE =
            Pattern.compile("\\[ Process PID=([0-9]{1,10}) runs in (64 bit|32 bit|x32) mode\\. \\]");
    private static final Pattern AUDIT = Pattern.compile(
            "(?:type=SECCOMP|type=1326|audit\\(|SECCOMP auid=).*?\\barch=([0-9a-f]{1,8}) syscall=([0-9]{1,10})\\b");
    private static final Pattern OTHER_PID = Pattern.compile("^(?:\\[pid +)?([0-9]{1,10})\\]? ");

    private final Map<Abi, Set<String>> calls = new EnumMap<>(Abi.class);
    private final Map<String, Integer> unknown = new TreeMap<>();
    private final Map<String, Abi> modes = new HashMap<>();
    private final Abi host;

    private LogReader(Abi host) {
        this.host = host;
    }

    /** Reads the output of strace. */
    static Imported strace(byte[] bytes, String source, OciOptions options) throws FormatException {
        LogReader reader = new LogReader(options.host().abi());
        for (String line : TextLines.lenient(bytes, source)) {
            reader.straceLine(line);
        }
        return reader.policy(source, "strace");
    }

    /** Reads lines of the audit log, or of the kernel's. */
    static Imported audit(byte[] bytes, String source, OciOptions options) throws FormatException {
        LogReader reader = new LogReader(options.host().abi());
        for (String line : TextLines.lenient(bytes, source)) {
            reader.auditLine(line);
        }
        return reader.policy(source, "audit");
    }

    /** Whether a line is of strace. */
    static boolean isStrace(String line) {
        return STRACE.matcher(bounded(line)).find()
                || MODE.matcher(bounded(line)).find();
    }

    /** Whether a line is of the audit log. */
    static boolean isAudit(String line) {
        return AUDIT.matcher(bounded(line)).find();
    }

    /** What is looked for stands near the beginning; the rest of a long line is not searched. */
    private static String bounded(String line) {
        return line.length() > 1024 ? line.substring(0, 1024) : line;
    }

    private void straceLine(String whole) {
        String line = bounded(whole);
        Matcher mode = MODE.matcher(line);
        if (mode.find()) {
            modes.put(mode.group(1), abi(mode.group(2)));
            return;
        }
        Matcher call = STRACE.matcher(line);
        if (!call.find() || line.contains("<... ")) {
            return;
        }
        Matcher pid = OTHER_PID.matcher(line);
        Abi abi = pid.find() ? modes.getOrDefault(pid.group(1), host) : single();
        String name = call.group(2);
        Matcher number = UNKNOWN.matcher(name);
        if (number.matches()) {
            add(abi, Integer.parseUnsignedInt(number.group(1).substring(2), 16));
        } else if (SyscallTable.of(abi).number(name).isPresent()) {
            set(abi).add(name);
        } else {
            unknown.merge(name, 1, Integer::sum);
        }
    }

    /** Without process numbers in the log there is one process, and its last mode holds. */
    private Abi single() {
        return modes.size() == 1 ? modes.values().iterator().next() : host;
    }

    private Abi abi(String mode) {
        return switch (mode) {
            case "32 bit" -> host == Abi.AARCH64 ? Abi.ARM : Abi.X86;
            case "x32" -> Abi.X32;
            default -> host;
        };
    }

    private void auditLine(String whole) {
        Matcher matcher = AUDIT.matcher(bounded(whole));
        if (!matcher.find()) {
            return;
        }
        int arch = Integer.parseUnsignedInt(matcher.group(1), 16);
        long number = Long.parseLong(matcher.group(2));
        Optional<Abi> abi = number > 0xFFFF_FFFFL ? Optional.empty() : Abi.of(arch, (int) number);
        if (abi.isEmpty()) {
            unknown.merge("arch=" + matcher.group(1) + " syscall=" + number, 1, Integer::sum);
        } else {
            add(abi.get(), (int) number & ~abi.get().numberBit());
        }
    }

    private void add(Abi abi, int number) {
        Optional<String> name = SyscallTable.of(abi).name(number);
        if (name.isPresent()) {
            set(abi).add(name.get());
        } else {
            unknown.merge(abi.label() + " " + Integer.toUnsignedString(number), 1, Integer::sum);
        }
    }

    private Set<String> set(Abi abi) {
        return calls.computeIfAbsent(abi, a -> new TreeSet<>());
    }

    private Imported policy(String source, String kind) throws FormatException {
        if (calls.isEmpty()) {
            throw new FormatException(
                    source,
                    0,
                    0,
                    "no call is in this " + kind + " log",
                    "Give the output of 'strace -f -o FILE', or lines with type=SECCOMP.");
        }
        Set<Abi> abis = EnumSet.copyOf(calls.keySet());
        Map<String, Set<Abi>> byName = new TreeMap<>();
        calls.forEach((abi, names) -> names.forEach(name ->
                byName.computeIfAbsent(name, n -> EnumSet.noneOf(Abi.class)).add(abi)));
        List<Rule> rules = new ArrayList<>();
        byName.forEach((name, seen) -> {
            boolean everywhere = abis.stream().filter(abi -> has(abi, name)).allMatch(seen::contains);
            rules.add(new Rule(name, everywhere ? List.of() : List.copyOf(seen), Condition.ALWAYS, Action.ALLOW));
        });
        List<Warning> warnings = new ArrayList<>();
        if (!unknown.isEmpty()) {
            List<String> first = unknown.keySet().stream().limit(SHOWN).toList();
            warnings.add(new Warning(
                    source,
                    0,
                    0,
                    "not known as calls, so left out: " + String.join(", ", first)
                            + (unknown.size() > SHOWN ? " and " + (unknown.size() - SHOWN) + " more" : "")));
        }
        Policy policy = Policy.of(Action.errno(Errno.EPERM), abis, rules);
        return new Imported(
                policy,
                warnings,
                Collections.unmodifiableSet(byName.keySet()),
                Imported.Source.of(kind.equals("audit") ? Imported.Kind.AUDIT : Imported.Kind.STRACE));
    }

    private static boolean has(Abi abi, String name) {
        OptionalInt number = SyscallTable.of(abi).number(name);
        return number.isPresent();
    }
}
