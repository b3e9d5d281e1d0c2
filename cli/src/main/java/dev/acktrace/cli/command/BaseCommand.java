package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.ColorChoice;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.FaultException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What every command has: help, colour, a console, and failures told in three parts. */
public abstract class BaseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            converter = ColorConverter.class,
            description = "Colour: auto, always or never. NO_COLOR is honoured.")
    private ColorChoice color;

    private Console console = new Console();

    /** The help option; the parser prints the help and runs nothing. */
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    public final void help(boolean asked) {
        // Nothing to keep.
    }

    /** Sets where to print; called once, before the command line is parsed. */
    public final void console(Console where) {
        console = where;
    }

    @Override
    public final Integer call() throws Exception {
        if (color != null) {
            console.color(color);
        }
        try {
            return run(console);
        } catch (FaultException e) {
            console.fault(e.fault());
            return ExitCode.OWN_FAILURE;
        }
    }

    /**
     * Does the work.
     *
     * @return the exit status, see {@link ExitCode}
     * @throws FaultException what failed; gives {@link ExitCode#OWN_FAILURE}
     * @throws Exception an internal error
     */
    protected abstract int run(Console where) throws Exception;

    /** Whether the first word that is no option ends the options, because the words behind it are another program's. */
    public boolean stopsAtPositional() {
        return false;
    }

    /** A mistake on the command line that the parser cannot know of; gives {@link ExitCode#USAGE}. */
    protected final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Fails unless the value of an option is one of these words. */
    protected final void oneOf(String option, String value, String... words) {
        for (String word : words) {
            if (word.equals(value)) {
                return;
            }
        }
        throw usage(option + " takes " + String.join(", ", words) + "; not '" + value + "'");
    }

    /** Whether standard input may be asked: false in scripts and pipes. */
    protected static boolean isInteractive() {
        return ColorChoice.isTerminal(0);
    }

    /** The values of {@code --color}. */
    static final class ColorConverter implements ITypeConverter<ColorChoice> {
        @Override
        public ColorChoice convert(String value) {
            return ColorChoice.parse(value)
                    .orElseThrow(() -> new TypeConversionException("'" + value + "' is none of auto, always, never"));
        }
    }
}
