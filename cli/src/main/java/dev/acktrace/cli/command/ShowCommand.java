package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.cli.output.PolicyText;
import dev.acktrace.cli.output.RecordingText;
import dev.acktrace.cli.output.SeccompText;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.session.SeccompStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code acktrace show}: a policy, a recording or a running process, for people or as JSON. */
@Command(
        name = "show",
        sortOptions = false,
        customSynopsis = {"acktrace show [--json] POLICY|RECORDING", "       acktrace show [--json] --pid PID"},
        description = "Shows a policy, a recording, or the seccomp state of a running process.",
        footer = {"", "Examples:", "  acktrace show web.json", "  acktrace show web.rec", "  acktrace show --pid 1"})
public final class ShowCommand extends BaseCommand {
    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "Show the seccomp state of every thread of this process.")
    private @Nullable Integer pid;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--lenient", description = "Ignore names in a policy that no table knows.")
    private boolean lenient;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "A policy or a recording; '-': a policy on standard input.")
    private @Nullable String file;

    @Override
    protected int run(Console console) throws Exception {
        if ((pid == null) == (file == null)) {
            throw usage(pid == null ? "a FILE is needed, or --pid PID" : "either a FILE or --pid PID, not both");
        }
        if (pid != null) {
            process(console, pid);
        } else if (file != null) {
            file(console, file);
        }
        return ExitCode.OK;
    }

    private void process(Console console, int number) throws FaultException {
        List<SeccompStatus> threads;
        try {
            threads = SeccompStatus.ofProcess(number);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot show process " + number,
                            AtomicFile.reason(e),
                            "Give the number of a process that runs: 'ps -e' lists them."),
                    e);
        }
        print(console, new SeccompText(number, threads));
    }

    private void file(Console console, String name) throws FaultException {
        if (Inputs.isRecording(name)) {
            print(console, new RecordingText(name, RecordingFile.read(Path.of(name))));
        } else {
            print(console, new PolicyText(PolicyFiles.read(name, lenient, console)));
        }
    }

    private void print(Console console, Json.TextAndDocument what) throws FaultException {
        if (json) {
            Json.print(console, what);
        } else {
            console.out(what.text(console.outPalette()));
        }
    }
}
