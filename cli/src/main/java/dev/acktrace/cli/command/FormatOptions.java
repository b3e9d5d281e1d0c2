package dev.acktrace.cli.command;

import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.Document;
import dev.acktrace.format.ExportOptions;
import dev.acktrace.format.Format;
import dev.acktrace.format.FormatException;
import dev.acktrace.policy.Policy;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** In which format a policy is written. */
final class FormatOptions {
    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            completionCandidates = ExportCommand.Names.class,
            description = "Format of the policy: one of ${COMPLETION-CANDIDATES}.")
    private String format = "oci";

    @Option(names = "--strict", description = "Write nothing if the format would allow more than the policy.")
    private boolean strict;

    /** The format. An unknown one is wrong usage. */
    Format format() {
        return Format.byName(format)
                .orElseThrow(() -> new TypeConversionException(
                        "--format takes " + String.join(", ", Format.names()) + "; not '" + format + "'"));
    }

    /**
     * Writes a policy; what the format cannot say goes to standard error.
     *
     * @param file where to; {@code -} is standard output
     * @param counts how often calls are made, by name
     */
    void write(Policy policy, String file, Map<String, Long> counts, Console console) throws FaultException {
        Document document;
        try {
            document = format().write(
                            policy,
                            ExportOptions.DEFAULT
                                    .withName(ExportCommand.nameOf(file))
                                    .withCounts(counts));
        } catch (FormatException e) {
            throw Inputs.fault("cannot write the policy as " + format().label(), e);
        }
        Inputs.losses(document.losses(), console);
        if (strict && document.widens()) {
            throw new FaultException(
                    "cannot write the policy as " + format().label(),
                    "the result would allow more than the policy, and --strict is given",
                    "See the warnings above; leave --strict away to accept them.");
        }
        if (file.equals("-")) {
            console.out(document.bytes());
        } else {
            AtomicFile.write(Path.of(file), document.bytes());
        }
    }
}
