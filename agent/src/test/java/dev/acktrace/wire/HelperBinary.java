package dev.acktrace.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The helper, built anew if a source is newer. */
final class HelperBinary {
    private static final Path HOME = Path.of("..", "native-helper");

    private HelperBinary() {}

    /** What {@code acktrace-helper wire} prints, by name. */
    static Map<String, Long> wire() throws IOException, InterruptedException {
        Path binary = HOME.resolve("build/acktrace-helper");
        run("make", "-s", "-C", HOME.toString());
        Map<String, Long> values = new LinkedHashMap<>();
        for (String line : run(binary.toString(), "wire").lines().toList()) {
            int blank = line.indexOf(' ');
            values.put(line.substring(0, blank), Long.parseUnsignedLong(line.substring(blank + 1)));
        }
        return values;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(command[0] + " ended with " + status + ": " + output);
        }
        return output;
    }
}
