package dev.acktrace.cli.command;

import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.Exported;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.Imported;
import dev.acktrace.format.Loss;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.OciReader;
import dev.acktrace.format.OciWriter;
import dev.acktrace.format.Warning;
import dev.acktrace.policy.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Policies as files that a command line names; {@code -} is standard input or output. */
final class PolicyFiles {
    /** Bytes of the largest policy that is read. */
    private static final int SIZE_MAX = 16 << 20;

    private PolicyFiles() {}

    /**
     * Reads an OCI policy; its warnings go to standard error.
     *
     * @param lenient whether unknown names of calls are ignored with a warning
     */
    static Policy read(String name, boolean lenient, Console console) throws FaultException {
        byte[] text = bytes(name, "policy");
        try {
            Imported imported = OciReader.read(
                    text,
                    name.equals("-") ? "<stdin>" : name,
                    OciOptions.strict().withLenient(lenient));
            for (Warning warning : imported.warnings()) {
                console.note("warning: " + warning);
            }
            return imported.policy();
        } catch (FormatException e) {
            String place = e.line() == 0 ? "" : "line " + e.line() + ", column " + e.column() + ": ";
            throw new FaultException(
                    new Fault("cannot read the policy '" + name + "'", place + e.problem(), e.remedy()), e);
        }
    }

    /** Reads a whole file of at most 16 MB. */
    static byte[] bytes(String name, String what) throws FaultException {
        try {
            if (name.equals("-")) {
                return limited(new java.io.FileInputStream(java.io.FileDescriptor.in).readNBytes(SIZE_MAX + 1), name);
            }
            try (java.io.InputStream stream = Files.newInputStream(Path.of(name))) {
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

    /** Writes a policy as OCI JSON; what the format cannot say goes to standard error. */
    static void write(Policy policy, String name, Console console) throws FaultException {
        Exported exported = OciWriter.write(policy);
        for (Loss loss : exported.losses()) {
            console.note((loss.widens() ? "warning: wider than meant: " : "note: ") + loss.message());
        }
        byte[] bytes = exported.text().getBytes(StandardCharsets.UTF_8);
        if (name.equals("-")) {
            console.out(bytes);
        } else {
            AtomicFile.write(Path.of(name), bytes);
        }
    }
}
