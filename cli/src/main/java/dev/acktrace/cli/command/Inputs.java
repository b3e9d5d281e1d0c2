package dev.acktrace.cli.command;

import dev.acktrace.bpf.Program;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.FilterReader;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.Imported;
import dev.acktrace.format.Includes;
import dev.acktrace.format.Loss;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.PolicyReader;
import dev.acktrace.format.Warning;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Policies and compiled filters that a command line or a session names. */
public final class Inputs {
    private static final int HEAD = 16;

    private Inputs() {}

    /** A file's content: a policy, or a compiled filter. Exactly one of the two is there. */
    record Input(String name, Optional<Imported> policy, Optional<Program> program) {}

    /** Reads a policy in any format; its warnings go to standard error. */
    static Imported policy(String name, OciOptions options, Console console) throws FaultException {
        return policy(name, PolicyFiles.bytes(name, "policy"), options, console);
    }

    /** The same of bytes that were read already. */
    static Imported policy(String name, byte[] bytes, OciOptions options, Console console) throws FaultException {
        Imported imported = read(name, bytes, options);
        for (Warning warning : imported.warnings()) {
            console.note("warning: " + warning);
        }
        return imported;
    }

    /**
     * Reads a policy of at most 16 MB in any format, with what it includes, and tells no warnings.
     *
     * @throws FaultException if it cannot be read or makes no sense
     */
    public static Imported read(String name, OciOptions options) throws FaultException {
        return read(name, PolicyFiles.bytes(name, "policy"), options);
    }

    /** The same of bytes that were read already. */
    static Imported read(String name, byte[] bytes, OciOptions options) throws FaultException {
        try {
            return PolicyReader.read(bytes, name.equals("-") ? "<stdin>" : name, options, new Siblings());
        } catch (FormatException e) {
            boolean own = name.equals("-") || e.source().equals(name);
            throw fault("cannot read the policy '" + name + "'" + (own ? "" : ", which includes " + e.source()), e);
        }
    }

    /** Files that a policy includes: their paths count from the directory of that policy. */
    private static final class Siblings implements Includes {
        @Override
        public String resolve(String path, String from) {
            return Path.of(from).resolveSibling(path).normalize().toString();
        }

        @Override
        public byte[] read(String file) throws IOException {
            try {
                return PolicyFiles.bytes(file, "policy");
            } catch (FaultException e) {
                throw new IOException(e.fault().why(), e);
            }
        }
    }

    /** Reads a policy or a compiled filter. */
    static Input any(String name, OciOptions options, Console console) throws FaultException {
        byte[] bytes = PolicyFiles.bytes(name, "policy");
        if (PolicyReader.isProgram(bytes)) {
            return new Input(name, Optional.empty(), Optional.of(program(name, bytes)));
        }
        return new Input(name, Optional.of(policy(name, bytes, options, console)), Optional.empty());
    }

    /** Whether a file is a recording, by its first bytes: packed, a saved segment, or a line that begins a run. */
    static boolean isRecording(String name) throws FaultException {
        if (name.equals("-")) {
            return false;
        }
        try (InputStream stream = Files.newInputStream(Path.of(name))) {
            String text = new String(stream.readNBytes(HEAD), StandardCharsets.ISO_8859_1);
            return text.startsWith("{\"line\":\"") || text.startsWith("\u001f\u008b") || text.startsWith("KCTTRACE");
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read '" + name + "'",
                            AtomicFile.reason(e),
                            "Name a file that exists and that you may read."),
                    e);
        }
    }

    /** Reads a compiled filter that the kernel would take. */
    static Program program(String name) throws FaultException {
        return program(name, PolicyFiles.bytes(name, "filter"));
    }

    /** The same of bytes that were read already. */
    static Program program(String name, byte[] bytes) throws FaultException {
        try {
            return FilterReader.program(bytes, name);
        } catch (FormatException e) {
            throw fault("cannot use the filter '" + name + "'", e);
        }
    }

    /** A format's error as a fault. */
    static FaultException fault(String what, FormatException e) {
        String place = e.line() == 0 ? "" : "line " + e.line() + ", column " + e.column() + ": ";
        return new FaultException(new Fault(what, place + e.problem(), e.remedy()), e);
    }

    /** Tells what a format could not say. */
    static void losses(List<Loss> losses, Console console) {
        for (Loss loss : losses) {
            console.note((loss.widens() ? "warning: wider than the policy: " : "note: ") + loss.message());
        }
    }
}
