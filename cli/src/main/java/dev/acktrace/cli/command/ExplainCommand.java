package dev.acktrace.cli.command;

import dev.acktrace.bpf.Program;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.ExplainText;
import dev.acktrace.cli.output.Json;
import dev.acktrace.fault.FaultException;
import dev.acktrace.format.FilterReader;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.PolicyReader;
import dev.acktrace.session.FilterDump;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code acktrace explain}: from compiled filters back to rules. */
@Command(
        name = "explain",
        sortOptions = false,
        customSynopsis = {"acktrace explain [--json] FILTER…", "       acktrace explain [--json] --pid PID"},
        description = "Tells what compiled filters answer, call by call, whoever made them.",
        footer = {
            "",
            "A filter is walked without input, so what is told holds for all calls and",
            "arguments. Several filters are a stack, in the order in which they were",
            "installed: each is told, then what the kernel makes of all of them. --pid",
            "reads those of a running process, which takes CAP_SYS_ADMIN and a shell that",
            "is under no filter itself.",
            "",
            "In conditions (u64) marks a comparison of more bits than the kernel looks at,",
            "(u32) one of fewer. 'acktrace export --format oci FILTER' writes a policy of",
            "it.",
            "",
            "Examples:",
            "  acktrace explain web.bpf",
            "  acktrace explain --pid $(pidof nginx)"
        })
public final class ExplainCommand extends BaseCommand {
    @Option(names = "--pid", paramLabel = "PID", description = "Explain the filters of this process.")
    private @Nullable Integer pid;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Parameters(paramLabel = "FILTER", arity = "0..*", description = "Raw sock_filter records; '-': standard input.")
    private List<String> files = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        if ((pid == null) == files.isEmpty()) {
            throw usage(pid == null ? "a FILTER is needed, or --pid PID" : "either a FILTER or --pid PID, not both");
        }
        if (pid != null && pid <= 0) {
            throw usage("--pid takes the number of a process");
        }
        List<ExplainText.Filter> filters = pid == null ? named() : ofProcess(pid);
        if (filters.isEmpty()) {
            console.note("process " + pid + " has no filter");
        }
        ExplainText text = new ExplainText(filters, together(filters));
        if (json) {
            Json.print(console, text);
        } else {
            console.out(text.text(console.outPalette()));
        }
        return ExitCode.OK;
    }

    private List<ExplainText.Filter> named() throws FaultException {
        List<ExplainText.Filter> filters = new ArrayList<>();
        for (String name : files) {
            byte[] bytes = PolicyFiles.bytes(name, "filter");
            if (!PolicyReader.isProgram(bytes)) {
                throw new FaultException(
                        "cannot explain '" + name + "'",
                        "it is no compiled filter: those are whole 8-byte instructions, and no text",
                        "'acktrace show' shows policies and recordings.");
            }
            filters.add(filter(name, Inputs.program(name, bytes)));
        }
        return filters;
    }

    private static List<ExplainText.Filter> ofProcess(int number) throws FaultException {
        List<ExplainText.Filter> filters = new ArrayList<>();
        for (Program program : FilterDump.of(number)) {
            filters.add(filter("filter " + (filters.size() + 1) + " of process " + number, program));
        }
        return filters;
    }

    private static ExplainText.Filter filter(String name, Program program) throws FaultException {
        try {
            return new ExplainText.Filter(name, program.size(), FilterReader.explain(program, name, Abi.host()));
        } catch (FormatException e) {
            throw Inputs.fault("cannot explain '" + name + "'", e);
        }
    }

    private static Optional<FilterReader.Explained> together(List<ExplainText.Filter> filters) throws FaultException {
        if (filters.size() < 2) {
            return Optional.empty();
        }
        try {
            return Optional.of(FilterReader.together(
                    filters.stream().map(ExplainText.Filter::explained).toList(), "the stack", Abi.host()));
        } catch (FormatException e) {
            throw Inputs.fault("cannot explain the filters together", e);
        }
    }
}
