package dev.acktrace.cli.command;

import dev.acktrace.bpf.Disassembler;
import dev.acktrace.bpf.Instruction;
import dev.acktrace.bpf.Program;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code acktrace disasm}: the instructions of a compiled filter. */
@Command(
        name = "disasm",
        sortOptions = false,
        customSynopsis = "acktrace disasm [--json] FILTER",
        description = "Prints the instructions of a compiled filter; 'acktrace asm' reads them back.",
        footer = {"", "Examples:", "  acktrace disasm web.bpf", "  acktrace compile -q web.json | acktrace disasm -"})
public final class DisasmCommand extends BaseCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Parameters(paramLabel = "FILTER", arity = "0..*", description = "Raw sock_filter records; '-': standard input.")
    private List<String> filters = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        if (filters.size() != 1) {
            throw usage(filters.isEmpty() ? "a FILTER is needed" : "one FILTER at a time, not " + filters.size());
        }
        Program program = program(filters.get(0));
        List<String> lines = Disassembler.lines(program);
        if (!json) {
            console.out(String.join("\n", lines) + "\n");
            return ExitCode.OK;
        }
        Json.print(console, out -> {
            out.writeStartArray();
            for (int i = 0; i < lines.size(); i++) {
                Instruction instruction = program.at(i);
                out.writeStartObject();
                out.writeNumberField("code", instruction.code());
                out.writeNumberField("jt", instruction.jt());
                out.writeNumberField("jf", instruction.jf());
                out.writeNumberField("k", Integer.toUnsignedLong(instruction.k()));
                out.writeStringField("text", lines.get(i).strip());
                out.writeEndObject();
            }
            out.writeEndArray();
        });
        return ExitCode.OK;
    }

    /** Also one that the kernel would refuse: that is what one wants to look at. */
    private static Program program(String name) throws FaultException {
        try {
            return Program.of(PolicyFiles.bytes(name, "filter"));
        } catch (IllegalArgumentException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read the filter '" + name + "'",
                            String.valueOf(e.getMessage()),
                            "'acktrace compile' writes such files."),
                    e);
        }
    }
}
