package dev.acktrace.session;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.enforce.EnforcementFilter;
import dev.acktrace.enforce.EnforcementFilter.OnDeny;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.learn.LearnListener;
import dev.acktrace.learn.Learner;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.CommandWriter;
import dev.acktrace.wire.CommandWriter.Launch;
import dev.acktrace.wire.TargetState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A target under a policy. */
public final class EnforceSession {
    private final TargetSession session;
    private final EnforcePlan plan;

    /** Prepares; nothing is launched yet. */
    public EnforceSession(TargetSession session, EnforcePlan plan) {
        this.session = session;
        this.plan = plan;
    }

    /**
     * Lets the helper become the target: it installs the filter and executes. This process must end with status 0
     * afterwards; the helper tells of failures.
     *
     * @throws FaultException if the policy cannot be enforced on this command
     */
    public void become() throws FaultException {
        session.launch(launch(CommandWriter.MODE_ENFORCE));
    }

    /** What a supervised target did. */
    public record Result(Outcome outcome, Run refused, Optional<IOException> recordingFailure) {}

    /**
     * Supervises the target to its end and tells of every refused call.
     *
     * @param file where to stream the refused calls to; empty for nowhere
     * @param listener is told each refused call, when it is made for the first time
     */
    public Result supervise(Optional<RecordingFile> file, LearnListener listener) throws FaultException, IOException {
        Launch launch = launch(CommandWriter.MODE_TRACE);
        CallFacts facts = CallFacts.write(session.segment(), true);
        Learner learner = new Learner(
                session.segment(),
                facts,
                LearnSession.header(
                        session.segment(), plan.command(), "trace", List.of("run=refused"), file.isPresent()),
                file,
                listener);
        learner.begin();
        session.launch(launch);
        TargetState last = learner.run(session.doorbell(), session.launches());
        Run refused = learner.finish();
        if (file.isPresent()) {
            file.get().close();
        }
        return new Result(session.outcome(last), refused, learner.writeFailure());
    }

    private Launch launch(int mode) throws FaultException {
        checkExecve();
        int flags = (plan.tsync() ? CommandWriter.TSYNC : 0) | (plan.log() ? CommandWriter.LOG : 0);
        return new Launch(mode, flags, filter(), CommandWords.raw(plan.command()), "", "");
    }

    private byte[] filter() throws FaultException {
        try {
            return EnforcementFilter.compile(plan.policy(), plan.onDeny(), CompileOptions.SMALL)
                    .bytes();
        } catch (CompileException e) {
            throw new FaultException(
                    new Fault(
                            "cannot make a filter of the policy",
                            String.valueOf(e.getMessage()),
                            "Take conditions on arguments out of the policy: they need the most instructions."),
                    e);
        }
    }

    private void checkExecve() throws FaultException {
        if (plan.onDeny() == OnDeny.LOG) {
            return;
        }
        Policy policy = plan.policy();
        int number = SyscallTable.of(Abi.X86_64).number("execve").orElseThrow();
        SeccompData call = SeccompData.of(Abi.X86_64, number);
        Action action = policy.decide(call, Action.KILL_THREAD);
        if (action.kind() != Action.Kind.ALLOW && action.kind() != Action.Kind.LOG) {
            throw new FaultException(
                    "cannot start '" + plan.command().get(0) + "'",
                    "the policy answers execve with " + action
                            + ", and the filter is in place before the target is executed",
                    "Allow execve on SCMP_ARCH_X86_64 in the policy.");
        }
    }
}
