package dev.acktrace.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes commands to the helper, each with one write call. */
public final class CommandWriter {
    /** {@code WIRE_MODE_TRACE}: RET_TRACE under the supervisor. */
    public static final int MODE_TRACE = 1;
    /** {@code WIRE_MODE_ENFORCE}: filter only; the helper becomes the target. */
    public static final int MODE_ENFORCE = 2;
    /** {@code WIRE_MODE_ACK}: RET_TRAP with the stub. */
    public static final int MODE_ACK = 3;

    /** End when the root ends. */
    public static final int FOLLOW_ROOT = 0x1;
    /** SECCOMP_FILTER_FLAG_TSYNC. */
    public static final int TSYNC = 0x2;
    /** SECCOMP_FILTER_FLAG_LOG. */
    public static final int LOG = 0x4;
    /** {@code WIRE_LAUNCH_ACCELERATE}: {@link #MODE_ACK} may rewrite hot call sites of the target. */
    public static final int ACCELERATE = 0x8;

    /** Stack a filter also where the target has filters of its own, which may kill it for that. */
    public static final int TIGHTEN_FORCE = 0x1;

    private static final int LAUNCH = 1;
    private static final int ATTACH = 2;
    private static final int SIGNAL = 3;
    private static final int DETACH = 4;
    private static final int END = 5;
    private static final int ANSWER = 6;
    private static final int LOOK = 7;
    private static final int TIGHTEN = 8;

    private final OutputStream stream;

    /** Commands go to this stream. */
    public CommandWriter(OutputStream stream) {
        this.stream = stream;
    }

    /**
     * What to launch.
     *
     * @param mode {@link #MODE_TRACE}, {@link #MODE_ENFORCE} or {@link #MODE_ACK}
     * @param flags {@link #FOLLOW_ROOT}, {@link #TSYNC}, {@link #LOG}, {@link #ACCELERATE}
     * @param filter {@code struct sock_filter} records in host order, a multiple of 8 bytes; empty for no filter
     * @param arguments the bytes of the target's argument vector; the first is searched in PATH
     * @param salvage where the helper writes the segment if the learner dies; empty for nowhere
     * @param terminal path of a terminal for the target; empty for the user's own stdio
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Launch(int mode, int flags, byte[] filter, List<byte[]> arguments, String salvage, String terminal) {}

    /** Launches a target. */
    public synchronized void launch(Launch launch) throws IOException {
        byte[][] strings = new byte[launch.arguments().size()][];
        int size = Wire.LAUNCH_SIZE + launch.filter().length;
        for (int i = 0; i < strings.length; i++) {
            byte[] word = launch.arguments().get(i);
            strings[i] = Arrays.copyOf(word, word.length + 1);
            size += strings[i].length;
        }
        byte[] salvage = terminated(launch.salvage());
        byte[] terminal = terminated(launch.terminal());
        size += salvage.length + terminal.length;
        ByteBuffer buffer = command(LAUNCH, size);
        putLaunch(buffer, launch.mode(), launch.flags(), 0);
        buffer.putInt(launch.filter().length / 8)
                .putInt(strings.length)
                .putInt(salvage.length)
                .putInt(terminal.length)
                .putInt(0);
        buffer.put(launch.filter());
        for (byte[] string : strings) {
            buffer.put(string);
        }
        buffer.put(salvage).put(terminal);
        write(buffer);
    }

    /** Attaches to a running process and all its threads. */
    public synchronized void attach(int pid, int flags, String salvagePath) throws IOException {
        byte[] salvage = terminated(salvagePath);
        ByteBuffer buffer = command(ATTACH, Wire.LAUNCH_SIZE + salvage.length);
        putLaunch(buffer, MODE_TRACE, flags, pid);
        buffer.putInt(0).putInt(0).putInt(salvage.length).putInt(0).putInt(0);
        write(buffer.put(salvage));
    }

    /** Sends a signal to the root. */
    public synchronized void signal(int signal) throws IOException {
        write(command(SIGNAL, Wire.SIGNAL_SIZE).putInt(signal));
    }

    /** Lets all tasks of an attached target go on untraced. */
    public synchronized void detach() throws IOException {
        write(command(DETACH, 0));
    }

    /** Kills whatever is left. */
    public synchronized void end() throws IOException {
        write(command(END, 0));
    }

    /** Answers for one held task; holds once. */
    public synchronized void answer(int tid, int verdict, int errno) throws IOException {
        write(command(ANSWER, Wire.ANSWER_SIZE).putInt(tid).putInt(verdict).putInt(errno));
    }

    /** Tells the helper to look again at all held tasks, because verdicts of shapes changed. */
    public synchronized void look() throws IOException {
        write(command(LOOK, 0));
    }

    /**
     * Stacks a filter onto every task that lives. One at a time: wait for the last word about one before the next.
     *
     * @param filter {@code struct sock_filter} records in host order, 1 to {@link Wire#FILTER_MAX} of them
     * @param flags {@link #TIGHTEN_FORCE} or 0
     * @param serial comes back in the records
     */
    public synchronized void tighten(byte[] filter, int flags, int serial) throws IOException {
        int count = filter.length / 8;
        if (count < 1 || count > Wire.FILTER_MAX || filter.length % 8 != 0) {
            throw new IOException("a filter of " + filter.length + " bytes is none that the kernel takes");
        }
        write(command(TIGHTEN, Wire.TIGHTEN_SIZE + filter.length)
                .putInt(flags)
                .putInt(count)
                .putInt(serial)
                .putInt(0)
                .put(filter));
    }

    private static void putLaunch(ByteBuffer buffer, int mode, int flags, int pid) {
        buffer.putInt(mode).putInt(flags).putInt(pid);
    }

    private static ByteBuffer command(int kind, int size) throws IOException {
        if (size > Wire.COMMAND_MAX) {
            throw new IOException("the command line is too long: " + size + " bytes");
        }
        return ByteBuffer.allocate(Wire.COMMAND_SIZE + size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(kind)
                .putInt(size);
    }

    private void write(ByteBuffer buffer) throws IOException {
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        stream.write(bytes);
        stream.flush();
    }

    /** The bytes of a string with its NUL; no bytes for the empty string where that means absence. */
    private static byte[] terminated(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }
}
