package dev.acktrace.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/** {@code $XDG_STATE_HOME/acktrace}, made for its owner alone. */
final class StateDirectory {
    private StateDirectory() {}

    /** Absolute path of a new file there that nobody can foresee; empty if the directory cannot be made. */
    static String salvage() {
        String state = System.getenv("XDG_STATE_HOME");
        Path base = state != null && state.startsWith("/")
                ? Path.of(state)
                : Path.of(System.getProperty("user.home", "/"), ".local", "state");
        Path directory = base.resolve("acktrace");
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(base);
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            return "";
        }
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        return directory
                .resolve("learn-" + HexFormat.of().formatHex(random) + ".salvage")
                .toString();
    }
}
