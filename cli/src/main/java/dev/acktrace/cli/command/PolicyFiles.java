package dev.acktrace.cli.command;

import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.OciOptions;
import dev.acktrace.policy.Policy;
import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Policies as files that a command line names; {@code -} is standard input or output. */
final class PolicyFiles {
    /** Bytes of the largest policy that is read. */
    private static final int SIZE_MAX = 16 << 20;

    private PolicyFiles() {}

    /**
     * Reads a policy in any format; its warnings go to standard error.
     *
     * @param lenient whether unknown names of calls are ignored with a warning
     */
    static Policy read(String name, boolean lenient, Console console) throws FaultException {
        return read(name, OciOptions.strict().withLenient(lenient), console);
    }

    /** The same for a certain reader. */
    static Policy read(String name, OciOptions options, Console console) throws FaultException {
        return Inputs.policy(name, options, console).policy();
    }

    /** Reads a whole file of at most 16 MB. */
    static byte[] bytes(String name, String what) throws FaultException {
        try {
            if (name.equals("-")) {
                // FileInputStream itself asks for its position first (JDK 17), and a pipe has none.
                InputStream pipe = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
                return limited(pipe.readNBytes(SIZE_MAX + 1), name);
            }
            try (InputStream stream = Files.newInputStream(Path.of(name))) {
                return limited(stream.readNBytes(SIZE_MAX + 1), name);
            }
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read the " + what + " '" + name + "'",
                            AtomicFile.reason(e),
                            "Name a file that exists and that you may read."),
                    e);
        }
    }

    private static byte[] limited(byte[] bytes, String name) throws FaultException {
        if (bytes.length > SIZE_MAX) {
            throw new FaultException(
                    "cannot read '" + name + "'",
                    "it is larger than " + (SIZE_MAX >> 20) + " MB",
                    "Policies are small; check the file's name.");
        }
        return bytes;
    }
}
