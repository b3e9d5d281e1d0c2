package dev.acktrace.cli.repl;

import dev.acktrace.cli.command.Inputs;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.Imported;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.Warning;
import dev.acktrace.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Consumer;

/** Files that a session begins with. */
final class StartFiles {
    /** What is added to a policy's name for its record of decisions. */
    static final String JOURNAL_ENDING = ".decisions.jsonl";

    private StartFiles() {}

    /** Reads a policy in any format, with what it includes. */
    static Policy policy(String file, Consumer<String> warnings) throws FaultException {
        Imported imported = Inputs.read(file, OciOptions.strict());
        for (Warning warning : imported.warnings()) {
            warnings.accept(String.valueOf(warning));
        }
        return imported.policy();
    }

    /** A file in {@link #stateDirectory} that its owner alone may read; it is there then. */
    static Path ownFile(String name) throws FaultException {
        Path file = stateDirectory().resolve(name);
        try {
            if (!Files.exists(file)) {
                Files.createFile(file);
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            return file;
        } catch (IOException e) {
            throw new FaultException(
                    new Fault("cannot make '" + file + "'", AtomicFile.reason(e), "Remove what stands there."), e);
        }
    }

    /** The directory of histories and journals, {@code $XDG_STATE_HOME/acktrace}, made for its owner alone. */
    static Path stateDirectory() throws FaultException {
        String state = System.getenv("XDG_STATE_HOME");
        Path base = state != null && state.startsWith("/")
                ? Path.of(state)
                : Path.of(System.getProperty("user.home", "/"), ".local", "state");
        Path directory = base.resolve("acktrace");
        try {
            Files.createDirectories(base);
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            return directory;
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot make the directory '" + directory + "'",
                            AtomicFile.reason(e),
                            "Set XDG_STATE_HOME to a directory that you may write to."),
                    e);
        }
    }
}
