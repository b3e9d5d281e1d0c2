package dev.acktrace.session;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a file is for {@code execve}, by its first bytes. */
public sealed interface ImageKind {
    /** How many bytes decide: what the kernel looks at ({@code BINPRM_BUF_SIZE}). */
    int HEAD = 256;

    /** A 64-bit x86 program. */
    record Native() implements ImageKind {}

    /** A 32-bit or x32 program. */
    record Compat() implements ImageKind {}

    /** A script; the interpreter's path is as its first line has it. */
    record Script(String interpreter) implements ImageKind {}

    /** Nothing that the kernel starts without help: a script without an interpreter, or for binfmt_misc. */
    record Other() implements ImageKind {}

    /**
     * Judges the first bytes of a file.
     *
     * @param head at most {@link #HEAD} bytes; fewer if the file is shorter
     */
    static ImageKind of(byte[] head) {
        if (head.length > 2 && head[0] == '#' && head[1] == '!') {
            return interpreter(head).<ImageKind>map(Script::new).orElseGet(Other::new);
        }
        boolean elf = head.length >= 20 && head[0] == 0x7f && head[1] == 'E' && head[2] == 'L' && head[3] == 'F';
        if (!elf || head[5] != 1) {
            return new Other();
        }
        int machine = (head[18] & 0xff) | (head[19] & 0xff) << 8;
        if (head[4] == 2 && machine == 62) { // ELFCLASS64, EM_X86_64
            return new Native();
        }
        boolean ours = machine == 3 || machine == 6 || machine == 62; // EM_386, EM_486, EM_X86_64
        return head[4] == 1 && ours ? new Compat() : new Other();
    }

    private static Optional<String> interpreter(byte[] head) {
        String line = new String(head, 2, Math.min(head.length, HEAD) - 2, StandardCharsets.ISO_8859_1);
        String first = line.lines().findFirst().orElse("").strip();
        int blank = 0;
        while (blank < first.length() && first.charAt(blank) != ' ' && first.charAt(blank) != '\t') {
            blank++;
        }
        return blank == 0 ? Optional.empty() : Optional.of(first.substring(0, blank));
    }
}
