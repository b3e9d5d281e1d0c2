package dev.acktrace.cli;

import dev.acktrace.cli.command.BaseCommand;
import dev.acktrace.cli.output.ColorChoice;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    /**
     * Runs one command and ends the JVM with its exit status.
     *
     * @param arguments the command line after the launcher's own words
     */
    public static void main(String[] arguments) {
        Console console = new Console();
        int status;
        try {
            status = run(arguments, console);
        } catch (RuntimeException | Error e) {
            status = Failures.internalError(e, console);
        }
        status = withOutput(status, console);
        System.exit(status);
    }

    /** Runs one command and returns its exit status. */
    public static int run(String[] arguments, Console console) {
        int first = 0;
        while (first < arguments.length && arguments[first].startsWith("--color")) {
            int used = rootColor(arguments, first, console);
            if (used == 0) {
                return usage(console, "--color takes auto, always or never");
            }
            first += used;
        }
        if (first == arguments.length) {
            console.err(RootHelp.text(console.errPalette()));
            return ExitCode.USAGE;
        }
        String[] rest = Arrays.copyOfRange(arguments, first + 1, arguments.length);
        return dispatch(arguments[first], rest, console);
    }

    private static int dispatch(String word, String[] rest, Console console) {
        return switch (word) {
            case "-h", "--help" -> help(console);
            case "-V", "--version" -> {
                console.out("acktrace " + version() + "\n");
                yield ExitCode.OK;
            }
            case "help" -> rest.length == 0 ? help(console) : command(rest[0], new String[] {"--help"}, console);
            default -> command(word, rest, console);
        };
    }

    private static int help(Console console) {
        console.out(RootHelp.text(console.outPalette()));
        return ExitCode.OK;
    }

    private static int command(String name, String[] arguments, Console console) {
        Optional<BaseCommand> command = Commands.create(name);
        if (command.isEmpty()) {
            return usage(
                    console,
                    name.startsWith("-") ? "no option '" + name + "' before the command" : "no command '" + name + "'");
        }
        return Commands.parser(name, command.get(), console).execute(arguments);
    }

    private static int usage(Console console, String why) {
        console.fault(new Fault("wrong usage", why, "'acktrace --help' lists the commands."));
        return ExitCode.USAGE;
    }

    /** Takes {@code --color WHEN} or {@code --color=WHEN}; returns how many words that were, 0 if it is wrong. */
    private static int rootColor(String[] arguments, int index, Console console) {
        String word = arguments[index];
        String value;
        int used;
        if (word.equals("--color") && index + 1 < arguments.length) {
            value = arguments[index + 1];
            used = 2;
        } else if (word.startsWith("--color=")) {
            value = word.substring("--color=".length());
            used = 1;
        } else {
            return 0;
        }
        Optional<ColorChoice> choice = ColorChoice.parse(value);
        if (choice.isEmpty()) {
            return 0;
        }
        console.color(choice.get());
        return used;
    }

    /** The version of the jar's manifest; {@code development} when run from class files. */
    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static int withOutput(int status, Console console) {
        Optional<IOException> failure = console.outFailure();
        if (failure.isEmpty()) {
            return status;
        }
        String why = String.valueOf(failure.get().getMessage());
        if (why.contains("Broken pipe")) {
            return status == ExitCode.OK ? ExitCode.BROKEN_PIPE : status;
        }
        console.fault(
                new Fault("cannot write to standard output", why, "The result is incomplete; write it elsewhere."));
        return ExitCode.OWN_FAILURE;
    }
}
