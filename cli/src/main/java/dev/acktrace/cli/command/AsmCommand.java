package dev.acktrace.cli.command;

import dev.acktrace.bpf.AssemblyException;
import dev.acktrace.bpf.AssemblyParser;
import dev.acktrace.bpf.Program;
import dev.acktrace.bpf.ProgramCheck;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code acktrace asm}: a filter from its instructions as text. */
@Command(
        name = "asm",
        sortOptions = false,
        customSynopsis = "acktrace asm [-o FILTER] FILE",
        description = "Assembles a filter from the text that 'acktrace disasm' prints.",
        footer = {
            "",
            "A line is [LABEL:] INSTRUCTION [; COMMENT]. Jumps name two labels, or 'next'.",
            "What the kernel would refuse is told and not written.",
            "",
            "Examples:",
            "  acktrace asm filter.txt -o filter.bpf",
            "  printf 'ld [0]\\nret #0x7fff0000\\n' | acktrace asm - -o f.bpf"
        })
public final class AsmCommand extends BaseCommand {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILTER",
            description = "Write to this file; standard output if it is missing or '-'.")
    private String output = "-";

    @Parameters(paramLabel = "FILE", arity = "0..*", description = "Instructions; '-': on standard input.")
    private List<String> files = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        if (files.size() != 1) {
            throw usage(files.isEmpty() ? "a FILE is needed" : "one FILE at a time, not " + files.size());
        }
        String name = files.get(0);
        Program program;
        try {
            program = AssemblyParser.parse(new String(PolicyFiles.bytes(name, "instructions"), StandardCharsets.UTF_8));
        } catch (AssemblyException e) {
            throw new FaultException(
                    new Fault(
                            "cannot assemble '" + name + "'",
                            "line " + e.line() + ": " + e.getMessage(),
                            "'acktrace disasm' shows how instructions are written."),
                    e);
        }
        var rejection = ProgramCheck.check(program);
        if (rejection.isPresent()) {
            throw new FaultException(
                    "cannot use the filter of '" + name + "'",
                    "the kernel refuses it with EINVAL: " + rejection.get(),
                    "Correct this instruction.");
        }
        if (output.equals("-")) {
            console.out(program.bytes());
        } else {
            AtomicFile.write(Path.of(output), program.bytes());
        }
        return ExitCode.OK;
    }
}
