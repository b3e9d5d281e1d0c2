package dev.acktrace.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command takes that runs a target. */
public final class TargetOptions {
    @Option(
            names = {"-q", "--quiet"},
            description = "No summary, no report, no notices.")
    private boolean quiet;

    @Parameters(paramLabel = "COMMAND", description = "The program and its arguments.")
    private List<String> command = new ArrayList<>();

    /** Whether nothing is to be said beside failures. */
    public boolean quiet() {
        return quiet;
    }

    /** The program and its arguments; empty if none was given. */
    public List<String> command() {
        return command;
    }
}
