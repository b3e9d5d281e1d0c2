package dev.acktrace.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of the target's argument vector. A JVM decodes its command line by the locale, which loses bytes under
 * {@code LC_ALL=C}; the kernel still has them.
 */
public final class CommandWords {
    private CommandWords() {}

    /**
     * The last words of this process's command line as bytes.
     *
     * @param decoded the same words as the JVM decoded them
     */
    public static List<byte[]> raw(List<String> decoded) {
        try {
            return lastOf(Files.readAllBytes(Path.of("/proc/self/cmdline")), decoded);
        } catch (IOException e) {
            return encoded(decoded);
        }
    }

    /** Cuts the end of a command line with NUL behind each word; falls back to UTF-8 if it does not fit the words. */
    static List<byte[]> lastOf(byte[] commandLine, List<String> decoded) {
        List<byte[]> words = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < commandLine.length; i++) {
            if (commandLine[i] == 0) {
                words.add(Arrays.copyOfRange(commandLine, from, i));
                from = i + 1;
            }
        }
        if (words.size() < decoded.size()) {
            return encoded(decoded);
        }
        List<byte[]> last = words.subList(words.size() - decoded.size(), words.size());
        for (int i = 0; i < last.size(); i++) {
            if (!fits(last.get(i), decoded.get(i))) {
                return encoded(decoded);
            }
        }
        return List.copyOf(last);
    }

    /** Whether the ASCII part of the bytes can be what the text was decoded from. */
    private static boolean fits(byte[] word, String text) {
        String ascii = new String(word, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < ascii.length(); i++) {
            if (ascii.charAt(i) >= 0x80) {
                return ascii.substring(0, i).equals(text.substring(0, Math.min(i, text.length())));
            }
        }
        return ascii.equals(text);
    }

    private static List<byte[]> encoded(List<String> words) {
        List<byte[]> bytes = new ArrayList<>();
        for (String word : words) {
            bytes.add(word.getBytes(StandardCharsets.UTF_8));
        }
        return bytes;
    }
}
