package dev.acktrace.it;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which system calls an strace log shows. Made for {@code strace -f -n -qq -o FILE} (strace 6.1); reads logs without
 * {@code -n} and with strace's own messages too.
 *
 * <p>strace prints a number and a name but not the ABI: the pair decides where only one table has it; where several
 * do (numbers from 424 on), the ABI that this process used last.
 */
final class StraceLog {
    private static final Pattern LINE = Pattern.compile(
            "(?:(?<pid>\\d+) +|\\[pid +(?<pid2>\\d+)\\] )?(?:\\[ *(?<number>[0-9]+|0x[0-9a-f]+|\\?+)\\] )?"
                    + "(?<rest>.*)");
    private static final Pattern CALL = Pattern.compile("(?<name>[A-Za-z_][A-Za-z0-9_]*)\\(.*");
    private static final Pattern MODE = Pattern.compile(
            "(?:.*strace: )?\\[ Process PID=(?<pid>\\d+) runs in (?<mode>64 bit|32 bit|x32) mode\\. \\]");
    private static final Pattern SUPERSEDED =
            Pattern.compile("\\+\\+\\+ superseded by execve in pid (?<pid>\\d+) \\+\\+\\+");
    private static final Pattern RAW_NAME = Pattern.compile("syscall_(?:0x(?<hex>[0-9a-f]+)|(?<decimal>\\d+))");

    /** i386 calls whose sub-calls strace prints under the sub-call's name: socketcall and ipc. */
    private static final List<Long> MULTIPLEXED = List.of(102L, 117L);

    private final CallTable table;
    private final NavigableSet<Call> calls = new TreeSet<>();
    private final List<String> unreadable = new ArrayList<>();
    private final Map<Long, Abi> lastAbi = new HashMap<>();

    private StraceLog(CallTable table) {
        this.table = table;
    }

    /** Reads all lines; what cannot be read is kept apart and is no error here. */
    static StraceLog parse(CallTable table, Stream<String> lines) {
        StraceLog log = new StraceLog(table);
        lines.forEachOrdered(log::line);
        return log;
    }

    /** Every call that was entered, sorted. */
    NavigableSet<Call> calls() {
        return calls;
    }

    /** Lines that are neither a call nor anything else that strace prints. */
    List<String> unreadable() {
        return unreadable;
    }

    private void line(String line) {
        Matcher mode = MODE.matcher(line);
        if (mode.matches()) {
            lastAbi.put(Long.parseLong(mode.group("pid")), mode(mode.group("mode")));
            return;
        }
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            unreadable.add(line);
            return;
        }
        String pidText = Optional.ofNullable(parts.group("pid"))
                .or(() -> Optional.ofNullable(parts.group("pid2")))
                .orElse("0");
        rest(line, Long.parseLong(pidText), Optional.ofNullable(parts.group("number")), parts.group("rest"));
    }

    private void rest(String line, long pid, Optional<String> number, String rest) {
        if (rest.startsWith("<... ") || rest.startsWith("--- ") || rest.startsWith("???")) {
            return;
        }
        if (rest.startsWith("+++ ")) {
            Matcher superseded = SUPERSEDED.matcher(rest);
            Abi abi = superseded.matches() ? lastAbi.get(Long.parseLong(superseded.group("pid"))) : null;
            if (abi != null) {
                lastAbi.put(pid, abi);
            }
            return;
        }
        Matcher mode = MODE.matcher(rest);
        if (mode.matches()) {
            lastAbi.put(Long.parseLong(mode.group("pid")), mode(mode.group("mode")));
            return;
        }
        Matcher call = CALL.matcher(rest);
        Optional<Call> found = call.matches() ? call(pid, number, call.group("name")) : Optional.empty();
        found.ifPresentOrElse(calls::add, () -> unreadable.add(line));
    }

    private Optional<Call> call(long pid, Optional<String> printed, String name) {
        Abi before = lastAbi.getOrDefault(pid, Abi.X86_64);
        Optional<Long> number =
                printed.filter(text -> !text.startsWith("?")).map(Long::decode).or(() -> numberIn(name, before));
        if (number.isEmpty()) {
            return Optional.empty();
        }
        long value = number.get() & 0xffff_ffffL;
        if (printed.isPresent() && value < 0x8000_0000L && (value & Call.X32_BIT) != 0) {
            return Optional.of(table.call(Abi.X32, value & ~Call.X32_BIT));
        }
        Abi abi = abi(before, value, name);
        lastAbi.put(pid, abi);
        return Optional.of(table.call(abi, value));
    }

    private Optional<Long> numberIn(String name, Abi abi) {
        Matcher raw = RAW_NAME.matcher(name);
        if (raw.matches()) {
            return Optional.of(
                    raw.group("hex") == null
                            ? Long.parseLong(raw.group("decimal"))
                            : Long.parseUnsignedLong(raw.group("hex"), 16));
        }
        return table.number(abi, name).or(() -> table.number(Abi.X86_64, name)).or(() -> table.number(Abi.X86, name));
    }

    private Abi abi(Abi before, long number, String name) {
        List<Abi> possible = Arrays.stream(Abi.values())
                .filter(abi -> table.agrees(abi, number, name))
                .toList();
        if (possible.contains(before)) {
            return before;
        }
        if (!possible.isEmpty()) {
            return possible.get(0);
        }
        return MULTIPLEXED.contains(number) ? Abi.X86 : before;
    }

    private static Abi mode(String text) {
        return switch (text) {
            case "32 bit" -> Abi.X86;
            case "x32" -> Abi.X32;
            default -> Abi.X86_64;
        };
    }
}
