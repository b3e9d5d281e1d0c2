package dev.acktrace.cli;

import dev.acktrace.cli.output.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in this JVM and keeps what they print. */
abstract class CommandHarness {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.run(arguments, new Console(out, err));
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Writes a file and returns its name. */
    String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    String path(String name) {
        return directory.resolve(name).toString();
    }

    String text(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }
}
