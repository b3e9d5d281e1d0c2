package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads programs as text: {@code [LABEL:] INSTRUCTION [; COMMENT]}, as {@link Disassembler} writes them. Labels are
 * words or numbers of the writer's choice; {@code next} is the following instruction.
 */
public final class AssemblyParser {
    private record Line(int number, List<String> words) {}

    private final List<Line> lines = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();

    private AssemblyParser() {}

    /**
     * The program of a text. Whether the kernel takes it is another question: see {@link ProgramCheck}.
     *
     * @throws AssemblyException if the text is not one
     */
    public static Program parse(String text) throws AssemblyException {
        AssemblyParser parser = new AssemblyParser();
        parser.split(text);
        List<Instruction> instructions = new ArrayList<>();
        for (Line line : parser.lines) {
            instructions.add(parser.instruction(line, instructions.size()));
        }
        if (instructions.isEmpty()) {
            throw new AssemblyException(1, "there is no instruction");
        }
        return new Program(instructions);
    }

    private void split(String text) throws AssemblyException {
        int number = 0;
        for (String raw : text.split("\n", -1)) {
            number++;
            int comment = raw.indexOf(';');
            String line = (comment < 0 ? raw : raw.substring(0, comment)).trim().toLowerCase(Locale.ROOT);
            int colon = line.indexOf(':');
            if (colon >= 0) {
                String label = line.substring(0, colon).trim();
                if (label.isEmpty() || labels.putIfAbsent(label, lines.size()) != null) {
                    throw new AssemblyException(number, "label '" + label + "' is given twice, or is empty");
                }
                line = line.substring(colon + 1).trim();
            }
            if (!line.isEmpty()) {
                if (lines.size() == Program.MAX_INSTRUCTIONS) {
                    throw new AssemblyException(
                            number, "a filter has at most " + Program.MAX_INSTRUCTIONS + " instructions");
                }
                lines.add(new Line(number, List.of(line.split("[\\s,]+", -1))));
            }
        }
    }

    private Instruction instruction(Line line, int pc) throws AssemblyException {
        String operand = line.words().size() > 1 ? line.words().get(1) : "";
        return switch (line.words().get(0)) {
            case "ld" -> load(line, operand, Opcode.LD);
            case "ldx" -> load(line, operand, Opcode.LDX);
            case "st" -> single(line, 2, Opcode.ST, memory(line, operand));
            case "stx" -> single(line, 2, Opcode.STX, memory(line, operand));
            case "ret" ->
                operand.equals("a")
                        ? single(line, 2, Opcode.RET | Opcode.A, 0)
                        : single(line, 2, Opcode.RETURN, value(line, operand));
            case "tax" -> single(line, 1, Opcode.MISC | Opcode.TAX, 0);
            case "txa" -> single(line, 1, Opcode.MISC | Opcode.TXA, 0);
            case "neg" -> single(line, 1, Opcode.ALU | Opcode.NEG, 0);
            case "ja" -> single(line, 2, Opcode.GOTO, distance(line, operand, pc));
            case "raw" -> raw(line);
            default -> named(line, operand, pc);
        };
    }

    private static Instruction single(Line line, int words, int code, int k) throws AssemblyException {
        if (line.words().size() != words) {
            throw new AssemblyException(
                    line.number(), "'" + line.words().get(0) + "' takes " + (words - 1) + " operands");
        }
        return new Instruction(code, 0, 0, k);
    }

    private static Instruction load(Line line, String operand, int family) throws AssemblyException {
        if (operand.equals("len") || operand.equals("#len")) {
            return single(line, 2, family | Opcode.LEN, 0);
        }
        if (operand.startsWith("[") && operand.endsWith("]") && family == Opcode.LD) {
            return single(line, 2, Opcode.LOAD, number(line, operand.substring(1, operand.length() - 1)));
        }
        if (operand.startsWith("m[")) {
            return single(line, 2, family | Opcode.MEM, memory(line, operand));
        }
        return single(line, 2, family | Opcode.IMM, value(line, operand));
    }

    private Instruction named(Line line, String operand, int pc) throws AssemblyException {
        List<String> words = line.words();
        Optional<Integer> found = AssemblyNames.code(words.get(0));
        if (found.isEmpty()) {
            throw new AssemblyException(line.number(), "there is no instruction '" + words.get(0) + "'");
        }
        boolean register = operand.equals("x");
        int code = found.get() | (register ? Opcode.X : Opcode.K);
        int k = register ? 0 : value(line, operand);
        if (Opcode.family(code) != Opcode.JMP) {
            return single(line, 2, code, k);
        }
        if (words.size() < 3 || words.size() > 4) {
            throw new AssemblyException(line.number(), "a jump takes a value and one or two labels");
        }
        int yes = near(line, distance(line, words.get(2), pc));
        int no = words.size() == 4 ? near(line, distance(line, words.get(3), pc)) : 0;
        return new Instruction(code, yes, no, k);
    }

    private static int near(Line line, int distance) throws AssemblyException {
        if (distance > 255) {
            throw new AssemblyException(
                    line.number(), "the jump goes over " + distance + " instructions, and 255 is the most; use ja");
        }
        return distance;
    }

    private int distance(Line line, String label, int pc) throws AssemblyException {
        Integer target = label.equals("next") ? Integer.valueOf(pc + 1) : labels.get(label);
        if (target == null) {
            throw new AssemblyException(line.number(), "there is no label '" + label + "'");
        }
        if (target <= pc) {
            throw new AssemblyException(line.number(), "a jump to '" + label + "' would go back");
        }
        return target - pc - 1;
    }

    private static Instruction raw(Line line) throws AssemblyException {
        List<String> words = line.words();
        if (words.size() != 5) {
            throw new AssemblyException(line.number(), "'raw' takes code, jt, jf and k");
        }
        int code = number(line, words.get(1));
        int jt = number(line, words.get(2));
        int jf = number(line, words.get(3));
        if (code < 0 || code > 0xFFFF || jt < 0 || jt > 255 || jf < 0 || jf > 255) {
            throw new AssemblyException(line.number(), "code has 16 bits, jt and jf have 8");
        }
        return new Instruction(code, jt, jf, number(line, words.get(4)));
    }

    private static int memory(Line line, String operand) throws AssemblyException {
        if (!operand.startsWith("m[") || !operand.endsWith("]")) {
            throw new AssemblyException(line.number(), "'" + operand + "' is not a cell such as M[3]");
        }
        return number(line, operand.substring(2, operand.length() - 1));
    }

    private static int value(Line line, String operand) throws AssemblyException {
        if (!operand.startsWith("#")) {
            throw new AssemblyException(line.number(), "'" + operand + "' is not a value such as #0x7fff0000");
        }
        return number(line, operand.substring(1));
    }

    private static int number(Line line, String digits) throws AssemblyException {
        try {
            boolean hex = digits.startsWith("0x");
            return Integer.parseUnsignedInt(hex ? digits.substring(2) : digits, hex ? 16 : 10);
        } catch (NumberFormatException e) {
            throw new AssemblyException(line.number(), "'" + digits + "' is not a number of 32 bits");
        }
    }
}
