package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.RefusalLine;
import dev.acktrace.enforce.EnforcementFilter.OnDeny;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.OciOptions;
import dev.acktrace.learn.LearnListener;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.Shape;
import dev.acktrace.session.EnforcePlan;
import dev.acktrace.session.EnforceSession;
import dev.acktrace.session.FrontConnection;
import dev.acktrace.session.Outcome;
import dev.acktrace.session.TargetSession;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.ShapeTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code acktrace run}: a target under a policy. */
@Command(
        name = "run",
        sortOptions = false,
        customSynopsis = "acktrace run --policy POLICY [OPTION…] [--] COMMAND [ARG…]",
        description = "Runs a program under a policy and tells which calls the policy refused.",
        footer = {
            "",
            "As under runc and crun the native architecture is always covered, and numbers",
            "above the newest known call get ENOSYS if the default action refuses.",
            "",
            "Ends with the program's own status (128+N after signal N); 125 if acktrace",
            "failed, 126 if the program cannot be executed, 127 if it was not found.",
            "",
            "Examples:",
            "  acktrace run --policy ls.json -- ls -la /usr",
            "  acktrace run --policy web.json --on-deny kill -- ./server"
        })
public final class RunCommand extends BaseCommand {
    @Option(names = "--policy", paramLabel = "POLICY", description = "The policy, in any format ('-': standard input).")
    private @Nullable String policy;

    @Option(
            names = "--on-deny",
            paramLabel = "WHAT",
            description = "trace: report each refused call, the program gets the errno and goes on. errno: the same"
                    + " without report and without supervisor. kill: SIGSYS. log: execute it, the kernel logs it.")
    private String onDeny = "trace";

    @Option(
            names = {"-r", "--record"},
            paramLabel = "RECORDING",
            description = "With trace: stream the refused calls to this file, for 'acktrace policy --base'.")
    private @Nullable String record;

    @Option(names = "--tsync", description = "Install the filter on all threads at once (SECCOMP_FILTER_FLAG_TSYNC).")
    private boolean tsync;

    @Option(names = "--log", description = "Let the kernel log what it refuses (SECCOMP_FILTER_FLAG_LOG).")
    private boolean log;

    @Option(names = "--lenient", description = "Ignore names in the policy that no table knows, as runc does.")
    private boolean lenient;

    @Mixin
    private TargetOptions target = new TargetOptions();

    @Override
    public boolean stopsAtPositional() {
        return true;
    }

    @Override
    protected int run(Console console) throws Exception {
        if (policy == null) {
            throw usage("--policy POLICY is needed");
        }
        if (target.command().isEmpty()) {
            throw usage("a COMMAND is needed");
        }
        OnDeny what = onDeny();
        if (record != null && what != OnDeny.TRACE) {
            throw usage("-r needs --on-deny trace: nobody sees the refused calls otherwise");
        }
        Policy rules = PolicyFiles.read(
                policy, OciOptions.strict().withLenient(lenient).withReading(OciOptions.Reading.CRUN), console);
        try (TargetSession session = TargetSession.open(FrontConnection.ofEnvironment())) {
            EnforceSession enforce =
                    new EnforceSession(session, new EnforcePlan(rules, target.command(), what, tsync, log));
            if (what == OnDeny.TRACE) {
                return supervise(console, enforce, rules);
            }
            enforce.become();
            return ExitCode.OK;
        }
    }

    private OnDeny onDeny() {
        return switch (onDeny) {
            case "trace" -> OnDeny.TRACE;
            case "errno" -> OnDeny.ERRNO;
            case "kill" -> OnDeny.KILL;
            case "log" -> OnDeny.LOG;
            default -> throw usage("--on-deny takes errno, kill, log, trace; not '" + onDeny + "'");
        };
    }

    private int supervise(Console console, EnforceSession enforce, Policy rules) throws FaultException, IOException {
        Optional<RecordingFile> file =
                record == null ? Optional.empty() : Optional.of(RecordingFile.append(Path.of(record)));
        EnforceSession.Result result = enforce.supervise(file, new LearnListener() {
            @Override
            public int call(Shape shape, boolean isNew, RingRecord report) {
                if (isNew && !target.quiet() && isRefusal(shape)) {
                    console.err(RefusalLine.text(shape, report, rules, console.errPalette()));
                }
                return ShapeTable.ACKNOWLEDGED;
            }
        });
        if (result.outcome() instanceof Outcome.NotStarted failure) {
            console.fault(failure.fault());
            return failure.status();
        }
        if (!target.quiet()) {
            console.err(total(result.refused()));
        }
        if (result.recordingFailure().isPresent()) {
            console.fault(new Fault(
                    "cannot write the recording '" + record + "'",
                    AtomicFile.reason(result.recordingFailure().get()),
                    "The recording ends early; make room and run again."));
            return ExitCode.OWN_FAILURE;
        }
        return LearnCommand.status(result.outcome());
    }

    /** The launch itself is reported too, whether it is allowed or not. */
    private static boolean isRefusal(Shape shape) {
        return shape.has(Shape.DENIED) || shape.has(Shape.KILLED);
    }

    private static String total(Run run) {
        Set<String> names = new TreeSet<>();
        long times = 0;
        for (Shape shape : run.allShapes()) {
            if (isRefusal(shape)) {
                names.add(shape.key().call().name());
                times += shape.count();
            }
        }
        return names.isEmpty()
                ? ""
                : "acktrace: refused in all: " + names.size() + " different system "
                        + (names.size() == 1 ? "call, " : "calls, ") + times + (times == 1 ? " time" : " times") + "\n";
    }
}
