package dev.acktrace.cli.command;

import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.cli.output.LintText;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.Imported;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.OciWriter;
import dev.acktrace.lint.Finding;
import dev.acktrace.lint.Finding.Severity;
import dev.acktrace.lint.Lint;
import dev.acktrace.lint.Narrowing;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace lint}: what is weak or mistaken in policies. */
@Command(
        name = "lint",
        sortOptions = false,
        customSynopsis = {"acktrace lint [OPTION…] POLICY…", "       acktrace lint --fix [OPTION…] [-o FILE] POLICY"},
        description = "Looks for weak and mistaken rules in policies and filters.",
        footer = {
            "",
            "--fix compares 32-bit arguments by their low 32 bits and takes out rules that",
            "change nothing. Before anything is written it is proven that every call whose",
            "32-bit arguments have nothing in their upper half is answered as before.",
            "",
            "Ends with 0 if there is nothing to say, 1 if there is something at or above",
            "--fail-on, 2 if the command line is wrong, 125 if a policy cannot be read or",
            "written.",
            "",
            "Examples:",
            "  acktrace lint web.json",
            "  acktrace lint --fix -o tight.json docker.json",
            "  acktrace policy web.rec | acktrace lint --fail-on high -"
        })
public final class LintCommand extends BaseCommand {
    @Option(names = "--fix", description = "Mend what can be mended; into the policy itself without -o.")
    private boolean fix;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "With --fix: write the mended policy, OCI JSON, to this file ('-': standard output).")
    private @Nullable String output;

    @Option(
            names = "--fail-on",
            paramLabel = "SEVERITY",
            description = "Least severity that gives the exit status 1: high, medium, low (default), info or none.")
    private String failOn = "low";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private HostOptions host = new HostOptions();

    @Parameters(
            paramLabel = "POLICY",
            arity = "0..*",
            description = "Policies in any format, or compiled filters; '-': one on standard input.")
    private List<String> policies = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        oneOf("--fail-on", failOn, "high", "medium", "low", "info", "none");
        if (policies.isEmpty()) {
            throw usage("a POLICY is needed");
        }
        if (output != null && (!fix || policies.size() > 1)) {
            throw usage(fix ? "-o takes one POLICY" : "-o needs --fix");
        }
        if (fix && output == null && policies.contains("-")) {
            throw usage("--fix needs -o FILE for a policy on standard input");
        }
        if (json && "-".equals(output)) {
            throw usage("--json and -o - both want standard output");
        }
        try {
            return lint(console, host.options());
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private int lint(Console console, OciOptions options) throws FaultException {
        List<LintText.File> files = new ArrayList<>();
        for (String name : policies) {
            Imported imported = Inputs.read(name, options);
            files.add(fix ? fixed(name, imported, console) : LintText.File.of(name, Lint.check(imported)));
        }
        LintText text = new LintText(files);
        if (json) {
            Json.print(console, text);
        } else if ("-".equals(output)) {
            console.err(text.text(console.errPalette()));
        } else {
            console.out(text.text(console.outPalette()));
        }
        return files.stream().flatMap(file -> file.findings().stream()).anyMatch(this::counts)
                ? ExitCode.FINDINGS
                : ExitCode.OK;
    }

    private boolean counts(Finding finding) {
        return !failOn.equals("none")
                && finding.severity().compareTo(Severity.valueOf(failOn.toUpperCase(Locale.ROOT))) <= 0;
    }

    private LintText.File fixed(String name, Imported imported, Console console) throws FaultException {
        if (output == null
                && (imported.source().kind() != Imported.Kind.OCI
                        || imported.source().conditional())) {
            throw new FaultException(
                    "cannot mend '" + name + "' in its place",
                    imported.source().conditional()
                            ? "it has entries that depend on the machine, and they would be lost"
                            : "it is not OCI JSON, which is what --fix writes",
                    "Give -o FILE; the policy is written there as it is on this machine.");
        }
        Narrowing.Fixed result = mended(name, imported.policy());
        byte[] bytes = OciWriter.write(result.policy()).text().getBytes(StandardCharsets.UTF_8);
        Imported again = Inputs.read(name, bytes, OciOptions.strict());
        if (!same(name, again.policy(), result.policy())) {
            throw new FaultException(
                    "cannot mend '" + name + "'",
                    "OCI JSON cannot say the policy exactly",
                    "Mend it by hand; 'acktrace export' tells what the format cannot say.");
        }
        String where = output == null ? name : output;
        boolean changes = result.narrowed() > 0
                || !result.dropped().isEmpty()
                || !imported.warnings().isEmpty();
        if (output == null && !changes) {
            return LintText.File.of(name, Lint.check(imported));
        }
        if (where.equals("-")) {
            console.out(bytes);
        } else {
            AtomicFile.write(Path.of(where), bytes);
        }
        return new LintText.File(name, Lint.check(again), where, result.narrowed(), result.dropped());
    }

    private static Narrowing.Fixed mended(String name, Policy policy) throws FaultException {
        try {
            return Narrowing.fix(policy);
        } catch (TooComplex e) {
            throw unproven(name, e);
        }
    }

    /** Whether what was written means what was meant, for every call. */
    private static boolean same(String name, Policy written, Policy meant) throws FaultException {
        try {
            return PlanDifference.between(Plan.of(written, Action.KILL_THREAD), Plan.of(meant, Action.KILL_THREAD))
                    .isEmpty();
        } catch (TooComplex e) {
            throw unproven(name, e);
        }
    }

    private static FaultException unproven(String name, TooComplex why) {
        return new FaultException(
                new Fault(
                        "cannot mend '" + name + "'",
                        "it cannot be proven that nothing else changes: " + why.getMessage(),
                        "Use fewer conditions for each call."),
                why);
    }
}
