package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.cli.output.LearnSummary;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.report.LearnReport;
import dev.acktrace.session.BackendChoice;
import dev.acktrace.session.FrontConnection;
import dev.acktrace.session.HelperProbe;
import dev.acktrace.session.LearnPlan;
import dev.acktrace.session.LearnSession;
import dev.acktrace.session.Outcome;
import dev.acktrace.session.TargetSession;
import dev.acktrace.syscall.Syscall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace learn}: run a target, write what it asked of the kernel. */
@Command(
        name = "learn",
        sortOptions = false,
        customSynopsis = {"acktrace learn [OPTION…] [--] COMMAND [ARG…]", "       acktrace learn [OPTION…] -p PID"},
        description = "Runs a program as if nobody watched, and learns which system calls it makes.",
        footer = {
            "",
            "Ends with the program's own status (128+N after signal N); 125 if acktrace",
            "failed, 126 if the program cannot be executed, 127 if it was not found.",
            "",
            "Examples:",
            "  acktrace learn -o ls.json -- ls -la /usr",
            "  acktrace learn -r web.rec --base web.json -o web.json -- ./server --port 80"
        })
public final class LearnCommand extends BaseCommand {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "POLICY",
            description = "Write the policy to this file ('-': standard output).")
    private @Nullable String output;

    @Mixin
    private PolicyOptions made = new PolicyOptions();

    @Option(
            names = {"-r", "--record"},
            paramLabel = "RECORDING",
            description = "Stream the evidence to this file (packed if it ends in .gz). If it exists, this run is"
                    + " added, and what is in it counts as known.")
    private @Nullable String record;

    @Option(
            names = "--base",
            paramLabel = "POLICY",
            description = "What this policy allows is known: it is not reported, and it stays in the result.")
    private @Nullable String base;

    @Option(
            names = "--args",
            paramLabel = "WHICH",
            description = "Arguments that are told apart: known (flags and commands of well-known calls) or off.")
    private String arguments = "known";

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "How calls are seen: trace (ptrace), ack (from inside the target, faster) or auto, which is"
                    + " ack where it works and can load the program, and trace elsewhere.")
    private String backend = "auto";

    @Option(
            names = "--accelerate",
            negatable = true,
            description = "With --backend ack: rewrite call sites of the target that call often, so that they report"
                    + " without a trap. The target's text is changed in memory. On unless you say --no-accelerate.")
    private @Nullable Boolean accelerate;

    @Option(
            names = "--follow",
            paramLabel = "WHOM",
            description = "wait: until the last child has ended; root: until the program itself has ended.")
    private String follow = "wait";

    @Option(
            names = {"-p", "--pid"},
            paramLabel = "PID",
            description = "Attach to a running process and all its threads, until it ends or you interrupt.")
    private @Nullable Integer pid;

    @Option(names = "--json", description = "Print the summary as JSON on standard output, behind the target's output.")
    private boolean json;

    @Option(names = "--lenient", description = "Ignore names in --base that no table knows.")
    private boolean lenient;

    @Mixin
    private TargetOptions target = new TargetOptions();

    @Override
    public boolean stopsAtPositional() {
        return true;
    }

    @Override
    protected int run(Console console) throws Exception {
        check();
        Optional<Policy> basePolicy =
                base == null ? Optional.empty() : Optional.of(PolicyFiles.read(base, lenient, console));
        Recording earlier = earlier(console);
        try (TargetSession session = TargetSession.open(FrontConnection.ofEnvironment())) {
            String chosen = chooseBackend(console);
            if (Boolean.TRUE.equals(accelerate) && !chosen.equals("ack")) {
                throw new FaultException(
                        "cannot accelerate the backend '" + chosen + "'",
                        "only call sites that report from inside the target can be rewritten",
                        "Use --backend ack, or leave --accelerate out.");
            }
            Optional<RecordingFile> file =
                    record == null ? Optional.empty() : Optional.of(RecordingFile.append(Path.of(record)));
            LearnSession learning = new LearnSession(session, plan(chosen, basePolicy, earlier), file);
            Outcome outcome = learning.run();
            return report(console, learning, outcome, basePolicy, earlier);
        }
    }

    private void check() {
        if (target.command().isEmpty() == (pid == null)) {
            throw usage(pid == null ? "a COMMAND is needed, or -p PID" : "either a COMMAND or -p PID, not both");
        }
        try {
            made.check(base != null);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        oneOf("--args", arguments, "known", "off");
        oneOf("--follow", follow, "wait", "root");
        oneOf("--backend", backend, "auto", "trace", "ack", "notify", "bpf");
        if (pid != null && pid <= 0) {
            throw usage("-p takes the number of a process");
        }
        if (json && "-".equals(output)) {
            throw usage("--json and -o - both want standard output");
        }
    }

    /** The backend to use; says which one it is if the user left the choice. */
    private String chooseBackend(Console console) throws FaultException {
        switch (backend) {
            case "auto" -> {
                BackendChoice choice = pid != null
                        ? BackendChoice.attach()
                        : BackendChoice.launch(target.command(), searchPath(), HelperProbe::stubWorks);
                if (!target.quiet()) {
                    console.note("backend " + choice.backend() + ": " + choice.reason());
                }
                return choice.backend();
            }
            case "trace" -> {
                return "trace";
            }
            case "ack" -> {
                if (pid == null) {
                    return "ack";
                }
                throw new FaultException(
                        "cannot attach with the backend 'ack'",
                        "it reports from inside the target, and must be there from its start",
                        "Use --backend trace.");
            }
            default ->
                throw new FaultException(
                        "cannot learn with the backend '" + backend + "'",
                        "this version does not have it",
                        "Use --backend trace or ack; 'acktrace doctor' lists what works here.");
        }
    }

    /** What the helper searches; the default is that of execvp(3). */
    private static String searchPath() {
        String path = System.getenv("PATH");
        return path == null ? "/bin:/usr/bin" : path;
    }

    private Recording earlier(Console console) throws FaultException {
        if (record == null || !Files.isRegularFile(Path.of(record))) {
            return Recording.EMPTY;
        }
        Recording earlier = RecordingFile.read(Path.of(record));
        if (!target.quiet() && !earlier.runs().isEmpty()) {
            console.note("adding this run to '" + record + "', which has "
                    + earlier.runs().size());
        }
        return earlier;
    }

    private LearnPlan plan(String chosen, Optional<Policy> basePolicy, Recording earlier) {
        String beside = record != null ? record : output != null && !output.equals("-") ? output : "";
        return new LearnPlan(
                target.command(),
                pid == null ? 0 : pid,
                chosen,
                !Boolean.FALSE.equals(accelerate),
                arguments.equals("known"),
                follow.equals("root"),
                basePolicy,
                earlier,
                beside.isEmpty()
                        ? StateDirectory.salvage()
                        : Path.of(beside + ".salvage").toAbsolutePath().toString());
    }

    private int report(
            Console console, LearnSession learning, Outcome outcome, Optional<Policy> basePolicy, Recording earlier)
            throws FaultException {
        if (outcome instanceof Outcome.NotStarted failure) {
            console.fault(failure.fault());
            return failure.status();
        }
        Run run = learning.result();
        int status = status(outcome);
        if (output != null) {
            Recording all = earlier.merge(Recording.of(List.of(run)));
            made.write(all, basePolicy, output, target.quiet(), console);
        }
        if (!target.quiet() || json) {
            LearnReport report = LearnReport.of(List.of(run), known(basePolicy, earlier));
            LearnSummary summary = new LearnSummary(report, run, outcome, text(output), text(record));
            if (!target.quiet()) {
                console.err(summary.text(console.errPalette()));
            }
            if (json) {
                Json.print(console, summary);
            }
        }
        Optional<IOException> failure = learning.recordingFailure();
        if (failure.isPresent()) {
            console.fault(new Fault(
                    "cannot write the recording '" + record + "'",
                    AtomicFile.reason(failure.get()),
                    "The recording ends early; make room and learn again."));
            return ExitCode.OWN_FAILURE;
        }
        return status;
    }

    private static String text(@Nullable String name) {
        return name == null ? "" : name;
    }

    private static Set<String> known(Optional<Policy> basePolicy, Recording earlier) {
        Set<String> names = new TreeSet<>();
        if (basePolicy.isPresent()) {
            for (Rule rule : basePolicy.get().rules()) {
                if (rule.action().equals(Action.ALLOW)) {
                    names.add(rule.call());
                }
            }
        }
        for (Syscall call : earlier.calls()) {
            names.add(call.name());
        }
        return names;
    }

    static int status(Outcome outcome) {
        if (outcome instanceof Outcome.Exited exited) {
            return exited.code();
        }
        if (outcome instanceof Outcome.Signaled signaled) {
            return ExitCode.SIGNAL_BASE + signaled.signal();
        }
        return outcome instanceof Outcome.Unknown ? ExitCode.OK : ExitCode.OWN_FAILURE;
    }
}
