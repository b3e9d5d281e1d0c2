package dev.acktrace.cli.output;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Consecutive numbers of one ABI.
 *
 * @param abi the ABI
 * @param from the first, as its table counts
 * @param to the last
 */
record NumberRun(Abi abi, long from, long to) {
    private static final long LAST = 0xFFFF_FFFFL;
    private static final long X32 = Integer.toUnsignedLong(Abi.X32.numberBit());

    /** A run of {@code seccomp_data.nr}, by ABI; the number of a skipped call, -1, is left out. */
    static List<NumberRun> of(int arch, int from, int to) {
        long first = Integer.toUnsignedLong(from);
        long last = Math.min(Integer.toUnsignedLong(to), LAST - 1);
        List<NumberRun> runs = new ArrayList<>();
        if (arch == Abi.X86_64.auditArch()) {
            if (first < X32) {
                runs.add(new NumberRun(Abi.X86_64, first, Math.min(last, X32 - 1)));
            }
            if (last >= X32) {
                runs.add(new NumberRun(Abi.X32, Math.max(first, X32) - X32, last - X32));
            }
            return runs;
        }
        Optional<Abi> abi = Abi.of(arch, from);
        if (abi.isPresent() && first <= last) {
            runs.add(new NumberRun(abi.get(), first, last));
        }
        return runs;
    }

    /** The names in it. */
    List<String> named() {
        SyscallTable table = SyscallTable.of(abi);
        List<String> names = new ArrayList<>();
        for (long number = from; number <= Math.min(to, table.largest()); number++) {
            table.name((int) number).ifPresent(names::add);
        }
        return names;
    }

    /** The names in it, and runs of numbers without one as {@code 335-423}. */
    List<String> names() {
        SyscallTable table = SyscallTable.of(abi);
        List<String> names = new ArrayList<>();
        long unnamed = -1;
        long end = Math.min(to, table.largest());
        for (long number = from; number <= end; number++) {
            Optional<String> name = table.name((int) number);
            if (name.isPresent()) {
                unnamed(names, unnamed, number - 1);
                unnamed = -1;
                names.add(name.get());
            } else if (unnamed < 0) {
                unnamed = number;
            }
        }
        if (unnamed < 0 && to > end) {
            unnamed = Math.max(from, end + 1);
        }
        unnamed(names, unnamed, to);
        return names;
    }

    private void unnamed(List<String> names, long first, long last) {
        if (first < 0) {
            return;
        }
        boolean open = last == (abi == Abi.X86_64 ? X32 : abi == Abi.X32 ? LAST - X32 : LAST) - 1;
        names.add(first == last ? Long.toString(first) : open ? "all from " + first : first + "-" + last);
    }

    /** Most of a table is said by what is missing. */
    static List<String> shortened(Abi abi, Set<String> names) {
        List<String> all = SyscallTable.of(abi).names();
        Set<String> missing = new LinkedHashSet<>(all);
        missing.removeAll(names);
        if (missing.size() * 4 > all.size()) {
            return new ArrayList<>(names);
        }
        List<String> words = new ArrayList<>(names);
        words.removeAll(all);
        words.add(
                0, missing.isEmpty() ? "every named call" : "every named call but (" + String.join(" ", missing) + ")");
        return words;
    }
}
