package dev.acktrace.cli.command;

import dev.acktrace.bpf.Program;
import dev.acktrace.bpf.ProgramCheck;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.Imported;
import dev.acktrace.format.Loss;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.PolicyReader;
import dev.acktrace.format.Warning;
import java.util.List;
import java.util.Optional;

/** Policies and compiled filters that a command line names. */
final class Inputs {
    private Inputs() {}

    /** A file's content: a policy, or a compiled filter. Exactly one of the two is there. */
    record Input(String name, Optional<Imported> policy, Optional<Program> program) {}

    /** Reads a policy in any format; its warnings go to standard error. */
    static Imported policy(String name, OciOptions options, Console console) throws FaultException {
        return policy(name, PolicyFiles.bytes(name, "policy"), options, console);
    }

    private static Imported policy(String name, byte[] bytes, OciOptions options, Console console)
            throws FaultException {
        Imported imported = read(name, bytes, options);
        for (Warning warning : imported.warnings()) {
            console.note("warning: " + warning);
        }
        return imported;
    }

    /** Reads a policy in any format and tells no warnings. */
    static Imported read(String name, byte[] bytes, OciOptions options) throws FaultException {
        try {
            return PolicyReader.read(bytes, name.equals("-") ? "<stdin>" : name, options);
        } catch (FormatException e) {
            throw fault("cannot read the policy '" + name + "'", e);
        }
    }

    /** Reads a policy or a compiled filter. */
    static Input any(String name, OciOptions options, Console console) throws FaultException {
        byte[] bytes = PolicyFiles.bytes(name, "policy");
        if (PolicyReader.isProgram(bytes)) {
            return new Input(name, Optional.empty(), Optional.of(checked(name, bytes)));
        }
        return new Input(name, Optional.of(policy(name, bytes, options, console)), Optional.empty());
    }

    /** Reads a compiled filter that the kernel would take. */
    static Program program(String name) throws FaultException {
        return checked(name, PolicyFiles.bytes(name, "filter"));
    }

    private static Program checked(String name, byte[] bytes) throws FaultException {
        Program program;
        try {
            program = Program.of(bytes);
        } catch (IllegalArgumentException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read the filter '" + name + "'",
                            String.valueOf(e.getMessage()),
                            "'acktrace compile' writes such files."),
                    e);
        }
        Optional<ProgramCheck.Rejection> rejection = ProgramCheck.check(program);
        if (rejection.isPresent()) {
            throw new FaultException(
                    "cannot use the filter '" + name + "'",
                    "the kernel refuses it with EINVAL: " + rejection.get(),
                    "'acktrace disasm' shows its instructions.");
        }
        return program;
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
