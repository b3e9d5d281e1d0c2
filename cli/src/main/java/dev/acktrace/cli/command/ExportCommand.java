package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.cli.output.Table;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.Document;
import dev.acktrace.format.ExportOptions;
import dev.acktrace.format.Format;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.Loss;
import dev.acktrace.policy.Policy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace export}: a policy in another tool's format, and what that cannot say. */
@Command(
        name = "export",
        sortOptions = false,
        customSynopsis = {"acktrace export --format FORMAT [OPTION…] POLICY", "       acktrace export --list"},
        description = "Writes a policy in the format of another tool; what it cannot say goes to standard error.",
        footer = {
            "",
            "Examples:",
            "  acktrace export --format systemd web.json -o web.conf",
            "  acktrace export --format minijail --strict web.json",
            "  acktrace export --format bpf web.json > web.bpf"
        })
public final class ExportCommand extends BaseCommand {
    /** The names, for completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Format.names().iterator();
        }
    }

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            completionCandidates = Names.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private @Nullable String format;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write to this file; standard output if it is missing or '-'.")
    private String output = "-";

    @Option(names = "--strict", description = "Write nothing if the result would allow more than the policy.")
    private boolean strict;

    @Option(names = "--name", paramLabel = "NAME", description = "Name for formats that want one.")
    private @Nullable String name;

    @Option(
            names = "--frequency",
            paramLabel = "FILE",
            description = "How often each call is made: a recording, or lines 'NAME: COUNT'.")
    private @Nullable String frequency;

    @Mixin
    private AnswerOptions answers = new AnswerOptions();

    @Option(names = "--json", description = "Print what the format cannot say as JSON; needs -o FILE.")
    private boolean json;

    @Option(names = "--list", description = "List the formats.")
    private boolean list;

    @Mixin
    private HostOptions host = new HostOptions();

    @Parameters(paramLabel = "POLICY", arity = "0..*", description = "A policy; '-': on standard input.")
    private List<String> policies = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        if (list) {
            list(console);
            return ExitCode.OK;
        }
        try {
            return export(console);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private static void list(Console console) {
        var table = new Table("ll");
        for (Format each : Format.values()) {
            table.row(each.label(), each.summary());
        }
        console.out(table.text(""));
    }

    private int export(Console console) throws FaultException {
        if (format == null) {
            throw usage("--format is needed: one of " + String.join(", ", Format.names()));
        }
        String wanted = format;
        Format target = Format.byName(wanted)
                .orElseThrow(() ->
                        usage("there is no format '" + wanted + "': formats are " + String.join(", ", Format.names())));
        if (json && output.equals("-")) {
            throw usage("--json prints on standard output, so the policy needs -o FILE");
        }
        if (policies.size() != 1) {
            throw usage(policies.isEmpty() ? "a POLICY is needed" : "one POLICY at a time, not " + policies.size());
        }
        String source = policies.get(0);
        Policy policy = Inputs.policy(source, host.options(), console).policy();
        Document document = write(target, policy, source);
        if (json) {
            losses(target, document, console);
        } else {
            Inputs.losses(document.losses(), console);
        }
        if (strict && document.widens()) {
            throw new FaultException(
                    "cannot write '" + source + "' as " + target.label(),
                    "the result would allow more than the policy, and --strict is given",
                    "See the warnings above; leave --strict away to accept them.");
        }
        if (output.equals("-")) {
            console.out(document.bytes());
        } else {
            AtomicFile.write(Path.of(output), document.bytes());
        }
        return ExitCode.OK;
    }

    private void losses(Format target, Document document, Console console) {
        Json.print(console, out -> {
            out.writeStartObject();
            out.writeStringField("acktrace", "export");
            out.writeNumberField("schema", 1);
            out.writeStringField("format", target.label());
            out.writeStringField("file", output);
            out.writeBooleanField("written", !strict || !document.widens());
            out.writeBooleanField("widens", document.widens());
            out.writeArrayFieldStart("losses");
            for (Loss loss : document.losses()) {
                out.writeStartObject();
                out.writeBooleanField("widens", loss.widens());
                out.writeStringField("message", loss.message());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private Document write(Format target, Policy policy, String source) throws FaultException {
        Map<String, Long> counts = new TreeMap<>();
        if (frequency != null) {
            Frequencies.read(frequency).forEach((call, count) -> counts.merge(call.name(), count, Long::sum));
        } else if (target == Format.MINIJAIL_FREQUENCY) {
            throw usage("minijail-frequency needs --frequency");
        }
        ExportOptions options = ExportOptions.DEFAULT
                .withAbi(host.abi())
                .withName(name == null ? nameOf(source) : name)
                .withBadArch(answers.badArch())
                .withCounts(counts);
        try {
            return target.write(policy, options);
        } catch (FormatException e) {
            throw Inputs.fault("cannot write '" + source + "' as " + target.label(), e);
        }
    }

    /** A name that Kubernetes takes, from a file's name. */
    static String nameOf(String file) {
        Path last = Path.of(file).getFileName();
        String base = last == null ? "" : last.toString().replaceFirst("\\.[^.]*$", "");
        String name =
                base.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]+", "-").replaceAll("^[.-]+|[.-]+$", "");
        return name.isEmpty() ? "acktrace" : name.substring(0, Math.min(name.length(), 63));
    }
}
