package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.DoctorText;
import dev.acktrace.cli.output.Json;
import dev.acktrace.fault.FaultException;
import dev.acktrace.report.Diagnosis;
import dev.acktrace.report.Diagnosis.Finding;
import dev.acktrace.report.Diagnosis.Level;
import dev.acktrace.session.HelperProbe;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code acktrace doctor}: what works on this machine, and why the rest does not. */
@Command(
        name = "doctor",
        sortOptions = false,
        customSynopsis = "acktrace doctor [--json]",
        description = "Says what works on this machine, and what to do about the rest.",
        footer = {"", "Ends with 1 if learning cannot work here.", "", "Example:", "  acktrace doctor"})
public final class DoctorCommand extends BaseCommand {
    @Option(names = "--json", description = "Print findings and facts as JSON.")
    private boolean json;

    @Override
    protected int run(Console console) throws FaultException {
        Map<String, String> facts = HelperProbe.run();
        List<Finding> findings = Diagnosis.of(facts, HelperProbe.container());
        DoctorText text = new DoctorText(findings, facts);
        if (json) {
            Json.print(console, text);
        } else {
            console.out(text.text(console.outPalette()));
        }
        return Diagnosis.worst(findings) == Level.BAD ? ExitCode.FINDINGS : ExitCode.OK;
    }
}
