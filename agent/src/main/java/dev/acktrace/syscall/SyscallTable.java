package dev.acktrace.syscall;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Names and numbers of one ABI, from {@code numbers.csv}. Immutable; loaded once, on first use. */
public final class SyscallTable {
    private static final int ABSENT = -1;
    private static final Map<Abi, SyscallTable> TABLES = new EnumMap<>(Abi.class);

    private final Abi abi;
    private final int column;
    private final @Nullable String[] byNumber;

    private SyscallTable(Abi abi) {
        this.abi = abi;
        this.column = Rows.COLUMNS.indexOf(abi.column());
        this.byNumber = new String[largest(column) + 1];
        for (int row = 0; row < Rows.NAMES.length; row++) {
            int number = Rows.NUMBERS[column][row];
            if (number != ABSENT) {
                byNumber[number] = Rows.NAMES[row];
            }
        }
    }

    private static int largest(int column) {
        int largest = 0;
        for (int number : Rows.NUMBERS[column]) {
            largest = Math.max(largest, number);
        }
        return largest;
    }

    /** The table of an ABI. */
    public static synchronized SyscallTable of(Abi abi) {
        return TABLES.computeIfAbsent(abi, SyscallTable::new);
    }

    /** Whether any ABI has a call of that name. */
    public static boolean known(String name) {
        return Rows.BY_NAME.containsKey(name);
    }

    /** Every name of every ABI, sorted. */
    public static List<String> everyName() {
        return List.of(Rows.NAMES);
    }

    public Abi abi() {
        return abi;
    }

    /** The number of a call, without x32's bit; empty if this ABI does not have it. */
    public OptionalInt number(String name) {
        Integer row = Rows.BY_NAME.get(name);
        if (row == null || Rows.NUMBERS[column][row] == ABSENT) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Rows.NUMBERS[column][row]);
    }

    /** As {@link #number}, and decimal digits stand for themselves. */
    public OptionalInt parse(String nameOrNumber) {
        OptionalInt number = number(nameOrNumber);
        if (number.isPresent() || nameOrNumber.isEmpty() || nameOrNumber.length() > 10) {
            return number;
        }
        long value = 0;
        for (int i = 0; i < nameOrNumber.length(); i++) {
            int digit = nameOrNumber.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return OptionalInt.empty();
            }
            value = value * 10 + digit;
        }
        return value <= 0xFFFF_FFFFL ? OptionalInt.of((int) value) : OptionalInt.empty();
    }

    /** The name of a number; empty if the table does not know it. */
    public Optional<String> name(int number) {
        return number >= 0 && number < byNumber.length ? Optional.ofNullable(byNumber[number]) : Optional.empty();
    }

    /** The name of a number, or the number in decimal digits. */
    public String display(int number) {
        return name(number).orElseGet(() -> Integer.toUnsignedString(number));
    }

    /** The largest number with a name. */
    public int largest() {
        return byNumber.length - 1;
    }

    /** Names in the order of their numbers. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (String name : byNumber) {
            if (name != null) {
                names.add(name);
            }
        }
        return names;
    }

    /** The file, by columns. A class of its own so that it is read when the first table is asked for. */
    private static final class Rows {
        static final List<String> COLUMNS;
        static final String[] NAMES;
        static final int[][] NUMBERS;
        static final Map<String, Integer> BY_NAME;

        static {
            String text = Facts.text("syscalls/numbers.csv");
            List<String> heading = Facts.split(text.substring(0, text.indexOf('\n')), ',');
            COLUMNS = heading.subList(1, heading.size());
            List<String> rows = Facts.rows("syscalls/numbers.csv");
            NAMES = new String[rows.size()];
            NUMBERS = new int[COLUMNS.size()][rows.size()];
            BY_NAME = new HashMap<>(rows.size() * 2);
            for (int row = 0; row < NAMES.length; row++) {
                read(row, rows.get(row));
            }
        }

        private static void read(int row, String line) {
            int from = line.indexOf(',');
            NAMES[row] = line.substring(0, from);
            BY_NAME.put(NAMES[row], row);
            for (int[] column : NUMBERS) {
                int to = line.indexOf(',', from + 1);
                to = to < 0 ? line.length() : to;
                column[row] = to == from + 1 ? ABSENT : Integer.parseInt(line, from + 1, to, 10);
                from = to;
            }
        }
    }
}
