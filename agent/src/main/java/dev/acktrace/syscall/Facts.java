package dev.acktrace.syscall;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the data files of the {@code profiles} module. They are part of the program: a file that is missing or
 * malformed is a defect of the build, so it is an unchecked exception.
 */
public final class Facts {
    private static final String ROOT = "/dev/acktrace/profiles/";

    private Facts() {}

    /**
     * The text of a data file.
     *
     * @param name path below {@code dev/acktrace/profiles}, for example {@code syscalls/numbers.csv}
     * @return the file's text
     * @throws IllegalStateException if there is no such file
     */
    public static String text(String name) {
        try (InputStream in = Facts.class.getResourceAsStream(ROOT + name)) {
            if (in == null) {
                throw new IllegalStateException("data file " + name + " is not in the program; build it again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of a data file without its heading, empty lines and lines that begin with {@code #}. */
    public static List<String> rows(String name) {
        String text = text(name);
        List<String> rows = new ArrayList<>();
        boolean heading = true;
        int from = 0;
        while (from < text.length()) {
            int to = text.indexOf('\n', from);
            if (to < 0) {
                to = text.length();
            }
            if (to > from && text.charAt(from) != '#') {
                if (!heading) {
                    rows.add(text.substring(from, to));
                }
                heading = false;
            }
            from = to + 1;
        }
        return rows;
    }

    /** Splits at a character; empty fields are kept. */
    public static List<String> split(String row, char separator) {
        List<String> fields = new ArrayList<>();
        int from = 0;
        while (true) {
            int to = row.indexOf(separator, from);
            if (to < 0) {
                fields.add(row.substring(from));
                return fields;
            }
            fields.add(row.substring(from, to));
            from = to + 1;
        }
    }

    /** Splits a CSV row: fields that begin with a quote end with one and hold commas as they are. */
    public static List<String> csv(String row) {
        if (row.indexOf('"') < 0) {
            return split(row, ',');
        }
        List<String> fields = new ArrayList<>();
        int from = 0;
        while (from <= row.length()) {
            if (from < row.length() && row.charAt(from) == '"') {
                int to = row.indexOf('"', from + 1);
                fields.add(row.substring(from + 1, to));
                from = to + 2;
            } else {
                int to = row.indexOf(',', from);
                to = to < 0 ? row.length() : to;
                fields.add(row.substring(from, to));
                from = to + 1;
            }
        }
        return fields;
    }
}
