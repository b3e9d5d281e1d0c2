package dev.acktrace.session;

import dev.acktrace.fault.FaultException;
import dev.acktrace.learn.LearnListener;
import dev.acktrace.learn.Learner;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunHeader;
import dev.acktrace.wire.CommandWriter;
import dev.acktrace.wire.CommandWriter.Launch;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.TargetState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** One target, learned from its launch to its end. */
public final class LearnSession {
    private final TargetSession session;
    private final LearnPlan plan;
    private final Optional<RecordingFile> file;
    private final byte[] filter;
    private final Learner learner;
    private Optional<IOException> recordingFailure = Optional.empty();

    /**
     * Prepares the segment; nothing is launched yet.
     *
     * @param file where to stream to; closed when the target has ended
     */
    public LearnSession(TargetSession session, LearnPlan plan, Optional<RecordingFile> file) {
        this.session = session;
        this.plan = plan;
        this.file = file;
        CallFacts facts = CallFacts.write(session.segment(), plan.arguments());
        this.filter = plan.ack()
                ? KnownCalls.ackFilter(plan.base(), plan.earlier(), facts)
                : KnownCalls.filter(plan.base(), plan.earlier(), facts);
        RunHeader header = header(session.segment(), plan.command(), plan.backend(), plan.options(), file.isPresent());
        this.learner = new Learner(session.segment(), facts, header, file, LearnListener.NONE);
        learner.preload(plan.earlier().shapeKeys());
    }

    /** The header of a run that begins now. */
    static RunHeader header(Segment segment, List<String> command, String backend, List<String> options, boolean kept) {
        return new RunHeader(
                RunHeader.idOf(segment),
                command,
                backend,
                options,
                segment.epochRealtime() / 1_000_000,
                Host.kernel(),
                Host.machine(),
                kept ? Host.libc() : "",
                version());
    }

    private static String version() {
        String version = LearnSession.class.getPackage().getImplementationVersion();
        return version == null ? "" : version;
    }

    /**
     * Launches or attaches, and learns to the end.
     *
     * @throws FaultException if the helper cannot be told
     * @throws IOException if the helper's doorbell cannot be read
     */
    public Outcome run() throws FaultException, IOException {
        try {
            learner.begin();
        } catch (IOException e) {
            recordingFailure = Optional.of(e);
        }
        int flags = plan.followRoot() ? CommandWriter.FOLLOW_ROOT : 0;
        if (plan.pid() != 0) {
            session.attach(plan.pid(), flags, plan.salvage());
        } else {
            flags |= plan.ack() && plan.accelerate() ? CommandWriter.ACCELERATE : 0;
            int mode = plan.ack() ? CommandWriter.MODE_ACK : CommandWriter.MODE_TRACE;
            session.launch(new Launch(mode, flags, filter, CommandWords.raw(plan.command()), plan.salvage(), ""));
        }
        TargetState last = learner.run(session.doorbell(), session.launches());
        return session.outcome(last);
    }

    /** Everything that was learned; writes the end of the recording and closes it. After {@link #run}. */
    public Run result() {
        Run run = learner.finish();
        recordingFailure = recordingFailure.or(learner::writeFailure);
        if (file.isPresent()) {
            try {
                file.get().close();
            } catch (IOException e) {
                recordingFailure = recordingFailure.or(() -> Optional.of(e));
            }
        }
        return run;
    }

    /** The first failure of writing the recording, if there was one. */
    public Optional<IOException> recordingFailure() {
        return recordingFailure;
    }
}
