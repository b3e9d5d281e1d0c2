package dev.acktrace.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a recording says, read from its lines and not by the product's own reader.
 *
 * @param shapes calls of the lines that tell a shape
 * @param counted calls of the last line {@code totals} of each run, with their counts
 * @param losses loss ledger of all runs
 * @param notes notes of all runs
 * @param runs runs begun
 * @param ends runs ended
 */
record Learned(
        NavigableSet<Call> shapes,
        Map<Call, Long> counted,
        Map<String, Long> losses,
        Map<String, Long> notes,
        int runs,
        int ends) {
    private static final CallTable TABLE = CallTable.ofProject();
    private static final Map<String, Abi> LABELS = Map.of("x86_64", Abi.X86_64, "x86", Abi.X86, "x32", Abi.X32);

    /** Everything that was seen, by shape or by counter. */
    NavigableSet<Call> calls() {
        NavigableSet<Call> all = new TreeSet<>(shapes);
        all.addAll(counted.keySet());
        return all;
    }

    static Learned read(Path recording) {
        try {
            return read(Files.readAllLines(recording));
        } catch (IOException failed) {
            throw new UncheckedIOException(recording.toString(), failed);
        }
    }

    /** Reads the lines of a recording; every line must be whole. */
    static Learned read(List<String> lines) {
        NavigableSet<Call> shapes = new TreeSet<>();
        Map<Call, Long> counted = new TreeMap<>();
        Map<String, Long> losses = new TreeMap<>();
        Map<String, Long> notes = new TreeMap<>();
        int runs = 0;
        int ends = 0;
        for (String line : lines) {
            Json json = Json.parse(line);
            switch (json.need("line").text()) {
                case "run" -> runs++;
                case "shape" ->
                    shapes.add(call(json.need("abi").text(), json.need("number").number()));
                case "totals" -> counts(json.need("counts"), counted);
                case "end" -> {
                    ends++;
                    numbers(json.need("losses"), losses);
                    numbers(json.need("notes"), notes);
                }
                default -> json.need("line");
            }
        }
        return new Learned(shapes, counted, losses, notes, runs, ends);
    }

    private static void counts(Json counts, Map<Call, Long> into) {
        for (String label : counts.names()) {
            Json numbers = counts.need(label);
            for (String number : numbers.names()) {
                into.put(
                        call(label, Long.parseLong(number)),
                        numbers.need(number).number());
            }
        }
    }

    private static void numbers(Json numbers, Map<String, Long> into) {
        numbers.names().forEach(name -> into.merge(name, numbers.need(name).number(), Long::sum));
    }

    private static Call call(String label, long number) {
        Abi abi = LABELS.get(label);
        if (abi == null) {
            throw new IllegalArgumentException("an ABI that this test does not know: " + label);
        }
        return TABLE.call(abi, number & ~(abi == Abi.X32 ? Call.X32_BIT : 0));
    }
}
