package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace policy}: from evidence to policy, again and again. */
@Command(
        name = "policy",
        sortOptions = false,
        customSynopsis = "acktrace policy [OPTION…] RECORDING…",
        description = "Writes the policy that allows what the recordings hold, all together.",
        footer = {
            "",
            "The same recordings in any order give the same bytes. A recording of a run",
            "that was killed counts as far as it goes; so does a segment that the helper",
            "saved (.salvage).",
            "",
            "Examples:",
            "  acktrace policy start.rec load.rec -o web.json",
            "  acktrace policy web.rec | acktrace lint -"
        })
public final class PolicyCommand extends BaseCommand {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "POLICY",
            description = "Write to this file; standard output if it is missing or '-'.")
    private String output = "-";

    @Mixin
    private PolicyOptions made = new PolicyOptions();

    @Option(
            names = "--base",
            paramLabel = "POLICY",
            description = "Widen this policy instead of starting from nothing.")
    private @Nullable String base;

    @Option(names = "--lenient", description = "Ignore names in --base that no table knows.")
    private boolean lenient;

    @Parameters(paramLabel = "RECORDING", arity = "0..*", description = "Files that 'acktrace learn -r' wrote.")
    private List<String> recordings = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        try {
            made.check(base != null);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        if (recordings.isEmpty()) {
            throw usage("a RECORDING is needed");
        }
        Recording all = Recording.EMPTY;
        for (String name : recordings) {
            Recording recording = RecordingFile.read(Path.of(name));
            warn(console, name, recording);
            all = all.merge(recording);
        }
        if (all.calls().isEmpty()) {
            throw new FaultException(
                    "cannot make a policy",
                    "the recordings hold no call",
                    "Learn again; a policy made of nothing would refuse everything.");
        }
        Optional<Policy> from = base == null ? Optional.empty() : Optional.of(PolicyFiles.read(base, lenient, console));
        made.write(all, from, output, false, console);
        return ExitCode.OK;
    }

    private static void warn(Console console, String name, Recording recording) {
        if (recording.unfinished() > 0) {
            console.note("warning: '" + name + "': " + recording.unfinished() + " of "
                    + recording.runs().size()
                    + " runs have no end (killed, or still running): something may be missing");
        }
    }
}
