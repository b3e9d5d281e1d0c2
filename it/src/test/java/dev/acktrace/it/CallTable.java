package dev.acktrace.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Names of system call numbers, from the project's {@code numbers.csv}. */
final class CallTable {
    private static final Map<Abi, String> COLUMNS = Map.of(Abi.X86_64, "x86_64", Abi.X86, "x86", Abi.X32, "x32");

    private final Map<Abi, Map<Long, String>> names = new EnumMap<>(Abi.class);
    private final Map<Abi, Map<String, Long>> numbers = new EnumMap<>(Abi.class);

    private CallTable() {
        for (Abi abi : Abi.values()) {
            names.put(abi, new HashMap<>());
            numbers.put(abi, new HashMap<>());
        }
    }

    /** The table of the project's data files. */
    static CallTable ofProject() {
        try (InputStream in = CallTable.class.getResourceAsStream("/dev/acktrace/profiles/syscalls/numbers.csv")) {
            if (in == null) {
                throw new IllegalStateException("numbers.csv is not on the class path: build the module profiles");
            }
            return read(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Reads CSV with a head line of column names, the first of them {@code name}. */
    static CallTable read(Reader csv) throws IOException {
        CallTable table = new CallTable();
        BufferedReader lines = new BufferedReader(csv);
        List<String> head = Arrays.asList(String.valueOf(lines.readLine()).split(",", -1));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] cells = line.split(",", -1);
            COLUMNS.forEach((abi, column) -> table.add(abi, cells[0], cells[head.indexOf(column)]));
        }
        return table;
    }

    private void add(Abi abi, String name, String number) {
        if (!number.isEmpty()) {
            long value = Long.parseLong(number) & ~Call.X32_BIT;
            map(names, abi).put(value, name);
            map(numbers, abi).put(name, value);
        }
    }

    /** The call with this number; numbers that the table does not know are named {@code syscall_0x…} as strace does. */
    Call call(Abi abi, long number) {
        String name = map(names, abi).getOrDefault(number, "syscall_0x" + Long.toHexString(number));
        return new Call(abi, number, name);
    }

    /** The number of a name, empty if this ABI has no such call. */
    Optional<Long> number(Abi abi, String name) {
        return Optional.ofNullable(map(numbers, abi).get(name));
    }

    /** Whether this number has this name. */
    boolean agrees(Abi abi, long number, String name) {
        return name.equals(map(names, abi).get(number));
    }

    private static <V> V map(Map<Abi, V> all, Abi abi) {
        V found = all.get(abi);
        if (found == null) {
            throw new IllegalStateException("no table for " + abi);
        }
        return found;
    }
}
