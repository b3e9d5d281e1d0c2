package dev.acktrace.cli.command;

import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.PlanMerge;
import dev.acktrace.bpf.PlanPolicy;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace merge}: one policy of several. */
@Command(
        name = "merge",
        sortOptions = false,
        customSynopsis = "acktrace merge --union|--intersection [OPTION…] [-o FILE] A B…",
        description = "Makes one policy of several policies, recordings or filters.",
        footer = {
            "",
            "For each call and all its arguments the union answers as the less restrictive",
            "one does, the intersection as the more restrictive one, in the kernel's order",
            "of actions; of two errnos the larger counts as less restrictive.",
            "",
            "Examples:",
            "  acktrace merge --union start.json load.json -o web.json",
            "  acktrace merge --intersection docker.json web.rec -o tight.json"
        })
public final class MergeCommand extends BaseCommand {
    @Option(names = "--union", description = "What any of them allows is allowed.")
    private boolean union;

    @Option(names = "--intersection", description = "What all of them allow is allowed.")
    private boolean intersection;

    @Option(
            names = "--rules",
            paramLabel = "HOW",
            description = "What a recording allows: names (calls whatever their arguments, default) or args.")
    private String rules = "names";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write to this file; standard output if it is missing or '-'.")
    private String output = "-";

    @Mixin
    private FormatOptions written = new FormatOptions();

    @Mixin
    private HostOptions host = new HostOptions();

    @Parameters(
            paramLabel = "FILE",
            arity = "0..*",
            description = "Policies in any format, recordings or filters; '-': one on standard input.")
    private List<String> files = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        oneOf("--rules", rules, "names", "args");
        if (union == intersection) {
            throw usage(union ? "either --union or --intersection, not both" : "--union or --intersection is needed");
        }
        if (files.size() < 2) {
            throw usage("at least two files are merged, not " + files.size());
        }
        try {
            written.format();
            merge(console);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        return ExitCode.OK;
    }

    private void merge(Console console) throws FaultException {
        PlanInputs inputs = new PlanInputs(host.options(), rules.equals("args"), console);
        PlanMerge.Mode mode = union ? PlanMerge.Mode.UNION : PlanMerge.Mode.INTERSECTION;
        try {
            PlanInputs.Input first = inputs.read(files.get(0));
            Plan plan = first.plan();
            Set<Abi> abis = EnumSet.copyOf(first.abis());
            for (String name : files.subList(1, files.size())) {
                PlanInputs.Input next = inputs.read(name);
                plan = PlanMerge.of(plan, next.plan(), mode);
                if (union) {
                    abis.addAll(next.abis());
                } else {
                    abis.retainAll(next.abis());
                }
            }
            write(plan, abis, console);
        } catch (TooComplex e) {
            throw new FaultException(
                    new Fault(
                            "cannot merge '" + String.join("', '", files) + "'",
                            String.valueOf(e.getMessage()),
                            "Use fewer conditions on arguments for each call."),
                    e);
        }
    }

    private void write(Plan plan, Set<Abi> abis, Console console) throws FaultException {
        if (abis.isEmpty()) {
            throw new FaultException(
                    "cannot merge '" + String.join("', '", files) + "'",
                    "they have no architecture in common, so the result would refuse everything",
                    "Merge policies for the same machine.");
        }
        Policy policy = PlanPolicy.of(plan, abis);
        List<PlanDifference.Change> rest = PlanDifference.between(plan, Plan.of(policy, plan.badArch())).stream()
                .filter(change -> abis.stream().anyMatch(abi -> abi.auditArch() == change.arch()))
                .toList();
        for (PlanDifference.Change change : rest) {
            console.note((change.loosens() ? "warning: wider than meant: " : "note: ") + "numbers "
                    + Integer.toUnsignedString(change.from()) + " to " + Integer.toUnsignedString(change.to())
                    + " would get " + change.left() + "; a policy says " + change.right());
        }
        written.write(policy, output, Map.of(), console);
    }
}
