package dev.acktrace.cli;

import dev.acktrace.cli.command.AsmCommand;
import dev.acktrace.cli.command.BaseCommand;
import dev.acktrace.cli.command.CompileCommand;
import dev.acktrace.cli.command.DiffCommand;
import dev.acktrace.cli.command.DisasmCommand;
import dev.acktrace.cli.command.DoctorCommand;
import dev.acktrace.cli.command.EvalCommand;
import dev.acktrace.cli.command.ExplainCommand;
import dev.acktrace.cli.command.ExportCommand;
import dev.acktrace.cli.command.LearnCommand;
import dev.acktrace.cli.command.LintCommand;
import dev.acktrace.cli.command.MergeCommand;
import dev.acktrace.cli.command.PolicyCommand;
import dev.acktrace.cli.command.RunCommand;
import dev.acktrace.cli.command.ShowCommand;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.repl.ReplCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/**
 * All commands by name. Only the one that is asked for is built: start-up is paid for at every call.
 */
public final class Commands {
    /** Name, group and one-line description of every command, in the order of the help text. */
    private static final List<Entry> ENTRIES = List.of(
            new Entry("learn", "Learn", "run a program, learn its system calls, write a policy"),
            new Entry("repl", "Learn", "refine a policy on a live target: see, decide, take back, save"),
            new Entry("policy", "Learn", "write the policy that recordings ask for"),
            new Entry("run", "Enforce", "run a program under a policy"),
            new Entry("show", "Look", "show a policy, a recording or a running process"),
            new Entry("doctor", "Look", "what works on this machine, and why the rest does not"),
            new Entry("lint", "Look", "look for weak and mistaken rules in policies and filters"),
            new Entry("diff", "Look", "say what only one of two policies, recordings or filters allows"),
            new Entry("eval", "Look", "say what happens to a call under policies or filters"),
            new Entry("explain", "Look", "tell what compiled filters answer, as rules"),
            new Entry("disasm", "Look", "print the instructions of a filter"),
            new Entry("merge", "Write", "make one policy of several: union or intersection"),
            new Entry("export", "Write", "write a policy in another tool's format"),
            new Entry("compile", "Write", "compile policies to filters for the kernel"),
            new Entry("asm", "Write", "assemble a filter from its instructions"));

    private Commands() {}

    /** One line of the command list. */
    public record Entry(String name, String group, String summary) {}

    /** All commands, grouped. */
    public static List<Entry> entries() {
        return ENTRIES;
    }

    /** Creates a command by its name; empty if there is none of that name. */
    public static Optional<BaseCommand> create(String name) {
        return switch (name) {
            case "doctor" -> Optional.of(new DoctorCommand());
            case "learn" -> Optional.of(new LearnCommand());
            case "repl" -> Optional.of(new ReplCommand());
            case "policy" -> Optional.of(new PolicyCommand());
            case "run" -> Optional.of(new RunCommand());
            case "show" -> Optional.of(new ShowCommand());
            case "lint" -> Optional.of(new LintCommand());
            case "diff" -> Optional.of(new DiffCommand());
            case "merge" -> Optional.of(new MergeCommand());
            case "explain" -> Optional.of(new ExplainCommand());
            case "eval" -> Optional.of(new EvalCommand());
            case "export" -> Optional.of(new ExportCommand());
            case "compile" -> Optional.of(new CompileCommand());
            case "disasm" -> Optional.of(new DisasmCommand());
            case "asm" -> Optional.of(new AsmCommand());
            default -> Optional.empty();
        };
    }

    /** The parser of one command, with the rules that hold for all of them. */
    public static CommandLine parser(String name, BaseCommand command, Console console) {
        command.console(console);
        CommandLine line = new CommandLine(CommandSpec.forAnnotatedObject(command));
        line.setCommandName("acktrace " + name);
        configure(line, command, console);
        return line;
    }

    /** The whole tree, for completion scripts, manual pages and tests; slow. */
    public static CommandLine tree(Console console) {
        CommandLine root = new CommandLine(CommandSpec.create().name("acktrace"));
        for (Entry entry : ENTRIES) {
            BaseCommand command = create(entry.name()).orElseThrow();
            CommandLine line = parser(entry.name(), command, console);
            line.setCommandName(entry.name());
            root.addSubcommand(entry.name(), line);
        }
        return root;
    }

    private static void configure(CommandLine line, BaseCommand command, Console console) {
        line.setExpandAtFiles(false);
        line.setStopAtPositional(command.stopsAtPositional());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(80);
        line.setColorScheme(
                CommandLine.Help.defaultColorScheme(console.outPalette().colored() ? Ansi.ON : Ansi.OFF));
        Failures failures = new Failures(console);
        line.setParameterExceptionHandler(failures);
        line.setExecutionExceptionHandler(failures);
        line.setOut(new PrintWriter(console.outStream(), true, StandardCharsets.UTF_8));
    }
}
