package dev.acktrace.session;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.wire.CommandWriter;
import dev.acktrace.wire.CommandWriter.Launch;
import dev.acktrace.wire.LaunchFailure;
import dev.acktrace.wire.Loss;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.TargetState;
import dev.acktrace.wire.WireException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The connection to the helper that was started before this process and that launches, supervises and signals one
 * target after the other. There is no terminal in it.
 */
public final class TargetSession implements AutoCloseable {
    private static final int ENOENT = 2;
    private static final int E2BIG = 7;
    private static final int ENOEXEC = 8;
    private static final int EACCES = 13;
    private static final int ELOOP = 40;

    private final Segment segment;
    private final InputStream doorbell;
    private final FileOutputStream commandStream;
    private final CommandWriter commands;
    private String target = "";
    private int launches;

    private TargetSession(Segment segment, InputStream doorbell, FileOutputStream commandStream) {
        this.segment = segment;
        this.doorbell = doorbell;
        this.commandStream = commandStream;
        this.commands = new CommandWriter(commandStream);
    }

    /**
     * Opens what the helper handed down.
     *
     * @throws FaultException if there is no helper, or one of another version
     */
    public static TargetSession open(FrontConnection front) throws FaultException {
        try {
            Segment segment = Segment.map(descriptor(front.segment()), descriptor(front.status()));
            InputStream doorbell =
                    new FileInputStream(descriptor(front.doorbell()).toFile());
            return new TargetSession(
                    segment,
                    doorbell,
                    new FileOutputStream(descriptor(front.commands()).toFile()));
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot reach the helper",
                            AtomicFile.reason(e),
                            "Start acktrace by its script 'acktrace', not by java -jar."),
                    e);
        } catch (WireException e) {
            throw new FaultException(
                    new Fault(
                            "cannot use the helper", String.valueOf(e.getMessage()), "Build again: run './acktrace'."),
                    e);
        }
    }

    private static Path descriptor(int number) {
        return Path.of("/proc/self/fd/" + number);
    }

    /** The shared segment. */
    public Segment segment() {
        return segment;
    }

    /** What the helper rings. */
    public InputStream doorbell() {
        return doorbell;
    }

    /** How many targets were launched or attached to. */
    public int launches() {
        return launches;
    }

    /** Launches a target; {@link Segment#state()} tells how it goes. */
    public void launch(Launch launch) throws FaultException {
        List<byte[]> words = launch.arguments();
        target = words.isEmpty() ? "" : new String(words.get(0), StandardCharsets.UTF_8);
        launches++;
        send(writer -> writer.launch(launch));
    }

    /** Attaches to a running process. */
    public void attach(int pid, int flags, String salvage) throws FaultException {
        target = "process " + pid;
        launches++;
        send(writer -> writer.attach(pid, flags, salvage));
    }

    /** Sends a signal to the root. */
    public void signal(int signal) throws FaultException {
        send(writer -> writer.signal(signal));
    }

    /** Lets an attached target go on untraced. */
    public void detach() throws FaultException {
        send(CommandWriter::detach);
    }

    /** Kills whatever is left of the target. */
    public void end() throws FaultException {
        send(CommandWriter::end);
    }

    /** Answers for one task that is held; holds once. */
    public void answer(int tid, int verdict, int errno) throws FaultException {
        send(writer -> writer.answer(tid, verdict, errno));
    }

    /** Makes the helper look again at held tasks, because verdicts changed. */
    public void look() throws FaultException {
        send(CommandWriter::look);
    }

    /** Stacks a filter onto every task of the running target; records of it tell how it goes. */
    public void tighten(byte[] filter, int flags, int serial) throws FaultException {
        send(writer -> writer.tighten(filter, flags, serial));
    }

    private interface Command {
        void write(CommandWriter writer) throws IOException;
    }

    private void send(Command command) throws FaultException {
        try {
            command.write(commands);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot tell the helper what to do",
                            AtomicFile.reason(e),
                            "The helper has ended; what was learned so far is in the recording, if there is one."),
                    e);
        }
    }

    /** How the target ended, as the header says after the learner has returned. */
    public Outcome outcome(TargetState last) {
        return switch (last) {
            case FAILED -> notStarted(segment.failureStep(), segment.failureErrno());
            case ROOT_EXITED, ENDED -> Outcome.of(segment.rootStatus());
            case IDLE, LAUNCHING ->
                new Outcome.NotStarted(
                        new Fault(
                                "cannot start '" + target + "'",
                                "the helper was gone before the target ran",
                                "Nothing was learned and no policy is written; run it again."),
                        125);
            case RUNNING -> new Outcome.Unknown();
        };
    }

    private Outcome notStarted(LaunchFailure step, int errno) {
        String why = step.step() + ": " + LaunchErrno.text(errno);
        String what = "cannot start '" + target + "'";
        if (step == LaunchFailure.ATTACH) {
            return new Outcome.NotStarted(
                    new Fault(
                            "cannot attach to " + target,
                            why,
                            "The process must be yours and not traced by another; 'acktrace doctor' shows what Yama allows."),
                    125);
        }
        if (step != LaunchFailure.EXEC) {
            return new Outcome.NotStarted(
                    new Fault(what, why, "'acktrace doctor' shows what this machine does not allow."), 125);
        }
        if ((errno == ENOEXEC || errno == EACCES) && segment.loss(Loss.IMAGE_REFUSED) > 0) {
            return new Outcome.NotStarted(
                    new Fault(
                            what,
                            "the backend 'ack' loads programs itself, and not 32-bit ones, unreadable ones or those that"
                                    + " binfmt_misc starts",
                            "Use --backend trace."),
                    126);
        }
        return switch (errno) {
            case ENOENT ->
                new Outcome.NotStarted(
                        new Fault(
                                what,
                                LaunchErrno.text(errno),
                                "Check the name and PATH; for a script check the interpreter in its first line."),
                        127);
            case EACCES, ENOEXEC, ELOOP, E2BIG ->
                new Outcome.NotStarted(
                        new Fault(
                                what,
                                LaunchErrno.text(errno),
                                "The file was found and cannot be executed; check its mode and kind."),
                        126);
            default -> new Outcome.NotStarted(new Fault(what, why, "Check that the file can be executed."), 126);
        };
    }

    @Override
    public void close() {
        try {
            commandStream.close();
            doorbell.close();
        } catch (IOException e) {
            // The helper sees the end of the pipe either way.
        }
    }
}
