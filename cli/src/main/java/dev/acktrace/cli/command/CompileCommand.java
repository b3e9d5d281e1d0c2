package dev.acktrace.cli.command;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileGoal;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Program;
import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.CacheReport;
import dev.acktrace.format.Imported;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.Runtimes;
import dev.acktrace.policy.Action;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace compile}: policies to classic BPF. */
@Command(
        name = "compile",
        sortOptions = false,
        customSynopsis = {
            "acktrace compile [OPTION…] [-o FILE] POLICY",
            "       acktrace compile [OPTION…] -d DIR POLICY…"
        },
        description = "Compiles policies to filters for the kernel: arrays of 8-byte struct sock_filter.",
        footer = {
            "",
            "Every filter is proven to answer every call as its policy does before it is",
            "written. What the kernel's action cache will hold is told on standard error.",
            "",
            "Examples:",
            "  acktrace compile web.json -o web.bpf",
            "  acktrace compile -d filters --optimize speed --frequency web.rec *.json"
        })
public final class CompileCommand extends BaseCommand {
    private static final int NAMED = 12;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the filter to this file; standard output if it is missing or '-'.")
    private @Nullable String output;

    @Option(
            names = {"-d", "--directory"},
            paramLabel = "DIR",
            description = "Write one NAME.bpf for each policy into this directory.")
    private @Nullable String directory;

    @Mixin
    private AnswerOptions answers = new AnswerOptions();

    @Option(names = "--optimize", paramLabel = "GOAL", description = "size (default) or speed.")
    private String optimize = "size";

    @Option(
            names = "--frequency",
            paramLabel = "FILE",
            description = "How often each call is made: a recording, or lines 'NAME: COUNT'.")
    private @Nullable String frequency;

    @Option(
            names = {"-q", "--quiet"},
            description = "Say nothing about the action cache.")
    private boolean quiet;

    @Option(names = "--json", description = "Print the report as JSON; needs -o or -d.")
    private boolean json;

    @Mixin
    private HostOptions host = new HostOptions();

    @Parameters(paramLabel = "POLICY", arity = "0..*", description = "Policies; '-': one on standard input.")
    private List<String> policies = new ArrayList<>();

    private record Compiled(String policy, String file, Program program, CacheReport cache) {}

    @Override
    protected int run(Console console) throws FaultException {
        oneOf("--optimize", optimize, "size", "speed");
        if (policies.isEmpty()) {
            throw usage("a POLICY is needed");
        }
        if (directory == null && policies.size() > 1) {
            throw usage("several policies need -d DIR");
        }
        if (directory != null && output != null) {
            throw usage("either -o FILE or -d DIR, not both");
        }
        if (json && directory == null && (output == null || output.equals("-"))) {
            throw usage("--json prints on standard output, so the filter needs -o FILE or -d DIR");
        }
        try {
            compile(console);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        return ExitCode.OK;
    }

    private void compile(Console console) throws FaultException {
        OciOptions options = host.options();
        Action bad = answers.badArch();
        CompileOptions how = goal();
        if (directory != null) {
            distinct();
            create(directory);
        }
        List<Compiled> all = new ArrayList<>();
        for (String name : policies) {
            Compiled compiled = compile(name, Inputs.policy(name, options, console), options.reading(), bad, how);
            if (compiled.file().equals("-")) {
                console.out(compiled.program().bytes());
            } else {
                AtomicFile.write(Path.of(compiled.file()), compiled.program().bytes());
            }
            if (json) {
                all.add(compiled);
            } else if (!quiet) {
                report(compiled, console);
            }
        }
        if (json) {
            print(all, console);
        }
    }

    private CompileOptions goal() throws FaultException {
        Map<Syscall, Double> weights = new HashMap<>();
        if (frequency != null) {
            Frequencies.read(frequency).forEach((call, count) -> weights.put(call, (double) count));
        }
        return new CompileOptions(optimize.equals("speed") ? CompileGoal.SPEED : CompileGoal.SIZE, weights);
    }

    private Compiled compile(String name, Imported imported, OciOptions.Reading reading, Action bad, CompileOptions how)
            throws FaultException {
        try {
            Program program = Compiler.compile(Runtimes.plan(imported, reading, bad), how);
            String file = directory == null
                    ? (output == null ? "-" : output)
                    : Path.of(directory, base(name) + ".bpf").toString();
            return new Compiled(name, file, program, CacheReport.of(imported.policy(), program));
        } catch (CompileException e) {
            throw new FaultException(
                    new Fault(
                            "cannot compile '" + name + "'",
                            String.valueOf(e.getMessage()),
                            "Allow more calls without tests of their arguments, or cover fewer architectures."),
                    e);
        }
    }

    private void distinct() {
        Set<String> seen = new HashSet<>();
        for (String name : policies) {
            if (!seen.add(base(name))) {
                throw usage("two policies would be written to " + base(name) + ".bpf; rename one");
            }
        }
    }

    private static String base(String name) {
        Path last = Path.of(name).getFileName();
        String file = name.equals("-") || last == null ? "stdin" : last.toString();
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }

    private static void create(String directory) throws FaultException {
        try {
            Files.createDirectories(Path.of(directory));
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot create the directory '" + directory + "'",
                            AtomicFile.reason(e),
                            "Name a directory that you may write to."),
                    e);
        }
    }

    private static void report(Compiled compiled, Console console) {
        CacheReport cache = compiled.cache();
        console.note(compiled.policy() + ": " + compiled.program().size() + " instructions; " + cache.cached() + " of "
                + cache.allowed() + " allowed calls stay in the kernel's action cache");
        Map<String, List<String>> byReason = new TreeMap<>();
        for (CacheReport.Uncached each : cache.uncached()) {
            byReason.computeIfAbsent(each.reason(), r -> new ArrayList<>())
                    .add(each.abi() == Abi.host() ? each.call() : each.abi().label() + ":" + each.call());
        }
        byReason.forEach((reason, calls) -> {
            String more = calls.size() > NAMED ? " and " + (calls.size() - NAMED) + " more" : "";
            console.note("  not cached, " + reason + ": "
                    + String.join(" ", calls.subList(0, Math.min(NAMED, calls.size()))) + more);
        });
    }

    private static void print(List<Compiled> all, Console console) {
        Json.print(console, out -> {
            out.writeStartArray();
            for (Compiled each : all) {
                out.writeStartObject();
                out.writeStringField("policy", each.policy());
                out.writeStringField("file", each.file());
                out.writeNumberField("instructions", each.program().size());
                out.writeNumberField("allowed", each.cache().allowed());
                out.writeNumberField("cached", each.cache().cached());
                out.writeArrayFieldStart("uncached");
                for (CacheReport.Uncached call : each.cache().uncached()) {
                    out.writeStartObject();
                    out.writeStringField("arch", call.abi().label());
                    out.writeStringField("call", call.call());
                    out.writeStringField("reason", call.reason());
                    out.writeEndObject();
                }
                out.writeEndArray();
                out.writeEndObject();
            }
            out.writeEndArray();
        });
    }
}
