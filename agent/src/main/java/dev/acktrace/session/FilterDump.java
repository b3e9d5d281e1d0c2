package dev.acktrace.session;

import dev.acktrace.bpf.Instruction;
import dev.acktrace.bpf.Program;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import java.util.ArrayList;
import java.util.List;

/** The filters of a running process, read by the helper with {@code PTRACE_SECCOMP_GET_FILTER}. */
public final class FilterDump {
    private static final String PREFIX = "acktrace-helper: ";

    private FilterDump() {}

    /**
     * The filters of a process's first thread, in the order in which they were installed; empty if it has none.
     *
     * @throws FaultException if there is no such process, or reading is not permitted
     */
    public static List<Program> of(int pid) throws FaultException {
        String purpose = "cannot read the filters of process " + pid;
        HelperProbe.Result result = HelperProbe.run(purpose, "filters", "-p", Integer.toString(pid));
        if (result.status() != 0) {
            throw new FaultException(fault(purpose, result.error()));
        }
        try {
            return parse(result.output());
        } catch (IllegalArgumentException e) {
            throw new FaultException(
                    new Fault(
                            purpose, String.valueOf(e.getMessage()), "Build the helper again: it is another version."),
                    e);
        }
    }

    /** The helper's line is {@code WHAT: WHY; REMEDY}. */
    static Fault fault(String purpose, String line) {
        String text = line.startsWith(PREFIX) ? line.substring(PREFIX.length()) : line;
        int colon = text.indexOf(": ");
        int semicolon = text.indexOf("; ", Math.max(colon, 0));
        if (colon < 0 || semicolon < 0) {
            return new Fault(purpose, text.isEmpty() ? "the helper failed" : text, "Run the helper by hand.");
        }
        String remedy = text.substring(semicolon + 2);
        return new Fault(
                purpose,
                text.substring(colon + 2, semicolon),
                Character.toUpperCase(remedy.charAt(0)) + remedy.substring(1) + ".");
    }

    /**
     * Reads {@code filter INDEX COUNT} lines, each followed by that many instructions, newest filter first.
     *
     * @throws IllegalArgumentException if it is nothing of the kind
     */
    static List<Program> parse(String output) {
        List<Program> programs = new ArrayList<>();
        List<String> lines = output.lines().toList();
        int at = 0;
        while (at < lines.size()) {
            String[] head = lines.get(at++).split(" ");
            if (head.length != 3 || !head[0].equals("filter")) {
                throw new IllegalArgumentException("line " + at + " of the helper's output is no filter");
            }
            int count = number(head[2], 10);
            if (count < 1 || count > lines.size() - at) {
                throw new IllegalArgumentException("the helper's output ends within a filter");
            }
            List<Instruction> instructions = new ArrayList<>();
            for (String line : lines.subList(at, at + count)) {
                instructions.add(instruction(line));
            }
            programs.add(0, new Program(instructions));
            at += count;
        }
        return programs;
    }

    private static Instruction instruction(String line) {
        String[] words = line.split(" ");
        if (words.length != 4) {
            throw new IllegalArgumentException("'" + line + "' is no instruction");
        }
        return new Instruction(number(words[0], 16), number(words[1], 16), number(words[2], 16), number(words[3], 16));
    }

    private static int number(String word, int radix) {
        try {
            return Integer.parseUnsignedInt(word, radix);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + word + "' is no number", e);
        }
    }
}
