package dev.acktrace.cli;

import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.Fault;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What becomes of a wrong command line and of an exception that no command expected. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Console console;

    Failures(Console console) {
        this.console = console;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine line = failure.getCommandLine();
        String message = failure.getMessage();
        console.fault(new Fault(
                line.getCommandName().replaceFirst("^acktrace ", "") + ": wrong usage",
                message == null ? "unknown" : lowerFirst(message),
                remedy(failure, line)));
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine line, ParseResult result) {
        if (failure instanceof ParameterException usage) {
            return handleParseException(usage, new String[0]);
        }
        return internalError(failure, console);
    }

    /** Reports a mistake of acktrace itself; the stack trace is printed if {@code ACKTRACE_DEBUG} is set. */
    static int internalError(Throwable failure, Console console) {
        StackTraceElement[] trace = failure.getStackTrace();
        String place = trace.length == 0 ? "" : " at " + trace[0];
        console.fault(new Fault(
                "internal error",
                failure + place,
                "This is a mistake in acktrace. Set ACKTRACE_DEBUG=1 for the whole trace and report it."));
        String debug = System.getenv("ACKTRACE_DEBUG");
        if (debug != null && !debug.isEmpty()) {
            StringWriter text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text, true));
            console.err(text.toString());
        }
        return ExitCode.OWN_FAILURE;
    }

    private static String remedy(ParameterException failure, CommandLine line) {
        String help = "'" + line.getCommandName() + " --help' shows what it takes.";
        if (failure instanceof UnmatchedArgumentException unmatched) {
            List<String> guesses = unmatched.getSuggestions();
            if (!guesses.isEmpty()) {
                return "Did you mean '" + guesses.get(0) + "'? " + help;
            }
        }
        return help;
    }

    private static String lowerFirst(String message) {
        return message.isEmpty() ? message : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }
}
