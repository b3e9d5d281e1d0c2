package dev.acktrace.cli.repl;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.command.BaseCommand;
import dev.acktrace.cli.command.TargetOptions;
import dev.acktrace.cli.output.ColorChoice;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.refine.Journal;
import dev.acktrace.refine.Mode;
import dev.acktrace.refine.RefinePlan;
import dev.acktrace.refine.RefineSession;
import dev.acktrace.session.FrontConnection;
import dev.acktrace.session.TargetSession;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code acktrace repl}: refine a policy on a live target. */
@Command(
        name = "repl",
        sortOptions = false,
        customSynopsis = "acktrace repl [OPTION…] [--] [COMMAND [ARG…]]",
        description = {
            "A session with a live target: see what it asks of the kernel, be asked about what the policy does not"
                    + " know, decide, take back, save.",
            "COMMAND is launched by 'run'. With a terminal the session is interactive; else it reads lines from"
                    + " standard input and stops at the first that fails."
        },
        footer = {
            "",
            "Ends with 0, with the status that 'quit' names, with 2 if a line of a script",
            "failed, or with 125 if acktrace failed.",
            "",
            "Examples:",
            "  acktrace repl -- ./server --port 80",
            "  acktrace repl --policy web.json --mode ask -- ./server",
            "  printf 'run\\nwait\\nsave ls.json\\n' | acktrace repl -- ls -l /"
        })
public final class ReplCommand extends BaseCommand {
    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description = "Begin with this policy; 'save' writes to it. Decisions stand beside it.")
    private @Nullable String policy;

    @Option(
            names = {"-r", "--record"},
            paramLabel = "RECORDING",
            description = "Stream the evidence to this file. If it exists, the session goes on from it.")
    private @Nullable String record;

    @Option(names = "--mode", paramLabel = "MODE", description = "learn, ask or enforce.")
    private String mode = "learn";

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description =
                    "How calls are seen: trace, or ack for less cost where the target is launched. auto is trace.")
    private String backend = "auto";

    @Option(
            names = "--tty",
            paramLabel = "WHERE",
            description = "The target's terminal: share, pty, none or log:FILE. Interactive sessions take pty,"
                    + " others share.")
    private @Nullable String tty;

    @Option(
            names = "--script",
            paramLabel = "FILE",
            description = "Carry out the lines of a file ('-': standard input).")
    private @Nullable String script;

    @Option(names = "-c", paramLabel = "LINE", description = "Carry out this line; may be given several times.")
    private List<String> lines = new ArrayList<>();

    @Option(names = "--keep-going", description = "Go on after a line that failed.")
    private boolean keepGoing;

    @Mixin
    private TargetOptions target = new TargetOptions();

    @Override
    public boolean stopsAtPositional() {
        return true;
    }

    @Override
    protected int run(Console console) throws Exception {
        Mode first = Mode.parse(mode).orElseThrow(() -> usage("--mode takes learn, ask or enforce"));
        if (!List.of("auto", "trace", "ack").contains(backend)) {
            throw usage("--backend takes auto, trace or ack; the others cannot hold a call back");
        }
        boolean interactive =
                script == null && lines.isEmpty() && isInteractive() && ColorChoice.isTerminal(Console.OUT);
        Settings settings = new Settings(tty == null ? interactive ? "pty" : "share" : "share");
        if (tty != null) {
            String wrong = settings.set(Settings.TTY, tty);
            if (!wrong.isEmpty()) {
                throw usage("--tty: " + wrong);
            }
        }
        return interactive ? withTerminal(console, settings, first) : withoutTerminal(console, settings, first);
    }

    private int withTerminal(Console console, Settings settings, Mode first) throws Exception {
        try (TerminalSession terminal = TerminalSession.open(console)) {
            Notices notices = new Notices(terminal, settings);
            try (RefineSession session = open(console, notices)) {
                ReplContext context = context(session, terminal, settings, terminal.output());
                start(context, first);
                return terminal.run(context, notices);
            }
        }
    }

    private int withoutTerminal(Console console, Settings settings, Mode first) throws Exception {
        ConsoleScreen screen = new ConsoleScreen(console, target.quiet());
        Notices notices = new Notices(screen, settings);
        try (TargetPty output = new TargetPty(line -> {}, (pty, keys) -> false);
                RefineSession session = open(console, notices)) {
            ReplContext context = context(session, screen, settings, output);
            start(context, first);
            int status;
            try {
                status = script(context);
            } finally {
                finish(session);
                notices.tell();
            }
            session.recordingFailure().ifPresent(e -> console.note("the recording is not complete: " + e.getMessage()));
            return status;
        }
    }

    private static void start(ReplContext context, Mode first) throws FaultException {
        if (first != Mode.LEARN) {
            context.session().refinement().mode(first);
        }
    }

    private ReplContext context(RefineSession session, Screen screen, Settings settings, TargetOutput output) {
        return new ReplContext(session, screen, settings, output, target.command(), policy == null ? "" : policy);
    }

    private int script(ReplContext context) throws IOException, InterruptedException, FaultException {
        Script runner = new Script(context, keepGoing);
        try {
            if (!lines.isEmpty()) {
                runner.run("-c", new BufferedReader(new StringReader(String.join("\n", lines))));
            } else if (script == null || script.equals("-")) {
                runner.run("standard input", Script.standardInput());
            } else {
                runner.source(script);
            }
        } catch (FaultException e) {
            context.screen().fault(e.fault());
            return ExitCode.USAGE;
        }
        return runner.failures() > 0 ? ExitCode.USAGE : context.quitting().orElse(ExitCode.OK);
    }

    /** Ends what was launched and lets go what was attached to. */
    static void finish(RefineSession session) throws FaultException, InterruptedException {
        if (session.running()) {
            if (session.attached()) {
                session.detach();
            } else {
                session.end();
            }
            session.await(5000);
        }
    }

    private RefineSession open(Console console, Notices notices) throws FaultException {
        Optional<Policy> start = policy == null || !Files.exists(Path.of(policy))
                ? Optional.empty()
                : Optional.of(StartFiles.policy(policy, console::note));
        if (policy != null && start.isEmpty()) {
            console.note("'" + policy + "' is not there yet; 'save' will make it");
        }
        Recording earlier = record != null && Files.isRegularFile(Path.of(record))
                ? RecordingFile.read(Path.of(record))
                : Recording.EMPTY;
        Optional<RecordingFile> file =
                record == null ? Optional.empty() : Optional.of(RecordingFile.append(Path.of(record)));
        String salvage = record == null
                ? ""
                : Path.of(record + ".salvage").toAbsolutePath().toString();
        RefinePlan plan = new RefinePlan(
                start, file, earlier, salvage, backend.equals("ack"), System.getProperty("user.name", "unknown"));
        TargetSession target = TargetSession.open(FrontConnection.ofEnvironment());
        RefineSession session = new RefineSession(target, plan, notices);
        Journal.Opened journal = Journal.open(journalPath());
        session.refinement().journal(journal);
        if (!journal.entries().isEmpty()) {
            int count = session.refinement().effective().size();
            console.note(count + (count == 1 ? " decision from '" : " decisions from '")
                    + journal.journal().path() + "'");
        }
        return session;
    }

    private Path journalPath() throws FaultException {
        if (policy != null) {
            return Path.of(policy + StartFiles.JOURNAL_ENDING);
        }
        if (record != null) {
            return Path.of(record + StartFiles.JOURNAL_ENDING);
        }
        return StartFiles.stateDirectory()
                .resolve("session-" + System.currentTimeMillis() + "-"
                        + ProcessHandle.current().pid() + StartFiles.JOURNAL_ENDING);
    }
}
