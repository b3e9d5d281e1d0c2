package dev.acktrace.cli.command;

import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.DifferenceText;
import dev.acktrace.cli.output.Json;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace diff}: what only one of two policies allows. */
@Command(
        name = "diff",
        sortOptions = false,
        customSynopsis = "acktrace diff [OPTION…] A B",
        description = "Compares what two policies, recordings or filters mean, whatever their text is.",
        footer = {
            "",
            "Told are calls and conditions on arguments that only one side executes, by",
            "architecture, and calls that both refuse in different ways. A recording knows",
            "what was executed and not how the rest is to be refused: with one on either",
            "side only execution is compared.",
            "",
            "Ends with 0 if both mean the same, 1 if they differ, 2 if the command line is",
            "wrong and 125 if a file cannot be read or compared.",
            "",
            "Examples:",
            "  acktrace diff old.json new.json",
            "  acktrace diff --executed docker.json web.bpf",
            "  acktrace diff web.json web.rec"
        })
public final class DiffCommand extends BaseCommand {
    @Option(names = "--executed", description = "Compare only whether calls are executed, not how they are refused.")
    private boolean executed;

    @Option(
            names = "--rules",
            paramLabel = "HOW",
            description = "What a recording allows: names (calls whatever their arguments, default) or args.")
    private String rules = "names";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private HostOptions host = new HostOptions();

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Two policies in any format, recordings or filters; '-': standard input.")
    private List<String> files = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        oneOf("--rules", rules, "names", "args");
        if (files.size() != 2) {
            throw usage("two files are compared, not " + files.size());
        }
        if (files.get(0).equals("-") && files.get(1).equals("-")) {
            throw usage("only one of the two can be on standard input");
        }
        try {
            return compare(console);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private int compare(Console console) throws FaultException {
        PlanInputs inputs = new PlanInputs(host.options(), rules.equals("args"), console);
        PlanInputs.Input left = inputs.read(files.get(0));
        PlanInputs.Input right = inputs.read(files.get(1));
        boolean coarse = executed || left.evidence() || right.evidence();
        Plan before = coarse ? left.plan().map(DiffCommand::coarse) : left.plan();
        Plan after = coarse ? right.plan().map(DiffCommand::coarse) : right.plan();
        DifferenceText text;
        try {
            text = new DifferenceText(
                    left.name(),
                    right.name(),
                    PlanDifference.between(before, after),
                    elsewhere(before, after),
                    !coarse);
        } catch (TooComplex e) {
            throw new FaultException(
                    new Fault(
                            "cannot compare '" + left.name() + "' with '" + right.name() + "'",
                            String.valueOf(e.getMessage()),
                            "'acktrace eval' says what each answers to a single call."),
                    e);
        }
        if (json) {
            Json.print(console, text);
        } else {
            console.out(text.text(console.outPalette()));
        }
        return text.isEmpty() ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private static Action coarse(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG
                ? Action.ALLOW
                : Action.KILL_PROCESS;
    }

    private static Optional<String> elsewhere(Plan left, Plan right) {
        return left.badArch().equals(right.badArch())
                ? Optional.empty()
                : Optional.of(left.badArch() + " -> " + right.badArch());
    }
}
