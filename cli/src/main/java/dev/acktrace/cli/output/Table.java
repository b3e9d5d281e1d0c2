package dev.acktrace.cli.output;

import java.util.ArrayList;
import java.util.List;

/** Text in columns: two blanks between them, the last one as long as it is. */
public final class Table {
    private final boolean[] rightAligned;
    private final List<String[]> rows = new ArrayList<>();

    /**
     * A table without rows.
     *
     * @param columns one character for each column: {@code l} for left, {@code r} for right alignment
     */
    public Table(String columns) {
        rightAligned = new boolean[columns.length()];
        for (int i = 0; i < rightAligned.length; i++) {
            rightAligned[i] = columns.charAt(i) == 'r';
        }
    }

    /** Adds a row; it must have as many cells as the table has columns. */
    public Table row(String... cells) {
        if (cells.length != rightAligned.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + rightAligned.length + " columns");
        }
        rows.add(cells.clone());
        return this;
    }

    /** Whether there is no row. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Returns all rows as lines, each with the given indentation before it and a newline after it. */
    public String text(String indentation) {
        int[] widths = widths();
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder(indentation);
            for (int i = 0; i < row.length; i++) {
                int padding = widths[i] - visibleLength(row[i]);
                if (rightAligned[i]) {
                    line.append(" ".repeat(padding)).append(row[i]);
                } else {
                    line.append(row[i]).append(" ".repeat(padding));
                }
                line.append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int[] widths() {
        int[] widths = new int[rightAligned.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], visibleLength(row[i]));
            }
        }
        return widths;
    }

    /** Characters of a cell without the escape sequences of {@link Palette}. */
    private static int visibleLength(String cell) {
        int length = 0;
        for (int i = 0; i < cell.length(); i++) {
            if (cell.charAt(i) == '\u001b') {
                i = cell.indexOf('m', i);
            } else {
                length++;
            }
        }
        return length;
    }
}
