package dev.acktrace.recording;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.wire.Wire;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/** A recording on the disk. Files whose names end in {@code .gz} are packed. */
public final class RecordingFile implements AutoCloseable {
    private static final int GZIP_MAGIC = 0x8b1f;

    private final FileChannel channel;
    private final OutputStream stream;
    private final RecordingWriter writer;
    private boolean dirty;

    private RecordingFile(FileChannel channel, OutputStream stream) {
        this.channel = channel;
        this.stream = stream;
        this.writer = new RecordingWriter(stream);
    }

    /**
     * Reads a recording, packed or not, or the segment that a helper saved after the learner had died.
     *
     * @throws FaultException if it cannot be read or is no recording
     */
    public static Recording read(Path path) throws FaultException {
        try (InputStream raw = new FileInputStream(path.toFile());
                PushbackInputStream start = new PushbackInputStream(raw, Long.BYTES)) {
            byte[] head = start.readNBytes(Long.BYTES);
            start.unread(head);
            if (head.length == Long.BYTES && littleEndian(head) == Wire.MAGIC) {
                byte[] segment = start.readNBytes(Wire.SEGMENT_SIZE);
                return Recording.of(List.of(SalvagedRun.read(ByteBuffer.wrap(segment))));
            }
            return RecordingReader.read(isPacked(head) ? unpacked(start) : start);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read the recording '" + path + "'",
                            AtomicFile.reason(e),
                            "Name a file that 'acktrace learn -r FILE' wrote."),
                    e);
        } catch (RecordingException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read the recording '" + path + "'",
                            String.valueOf(e.getMessage()),
                            "Name a file that 'acktrace learn -r FILE' wrote; a file that was cut is fine, a file that"
                                    + " was edited may not be."),
                    e);
        }
    }

    /**
     * Opens a file to append runs to; it is made if it is not there. A packed file that was cut is written anew first,
     * with everything that can be read of it.
     *
     * @throws FaultException if it cannot be written, or holds something else than a recording
     */
    public static RecordingFile append(Path path) throws FaultException {
        try {
            boolean packed = path.toString().endsWith(".gz");
            if (Files.isRegularFile(path) && Files.size(path) > 0) {
                mend(path, packed);
            }
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            OutputStream plain = Channels.newOutputStream(channel);
            return new RecordingFile(channel, packed ? new GZIPOutputStream(plain, 4096, true) : plain);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot write the recording '" + path + "'",
                            AtomicFile.reason(e),
                            "Name a file in a directory that exists and that you may write to."),
                    e);
        }
    }

    private static void mend(Path path, boolean packed) throws IOException, FaultException {
        Recording recording = read(path);
        byte[] head;
        try (InputStream raw = new FileInputStream(path.toFile())) {
            head = raw.readNBytes(2);
        }
        if (isPacked(head) != packed || (packed && !isWholePack(path))) {
            AtomicFile.write(path, packed ? pack(bytes(recording)) : bytes(recording));
        } else if (!packed && lastByte(path) != '\n') {
            Files.write(path, new byte[] {'\n'}, StandardOpenOption.APPEND);
        }
    }

    /** Whether a packed file goes on to its check sum. */
    private static boolean isWholePack(Path path) throws IOException {
        try (InputStream stream = new GZIPInputStream(new FileInputStream(path.toFile()))) {
            stream.transferTo(OutputStream.nullOutputStream());
            return true;
        } catch (EOFException | ZipException e) {
            return false;
        }
    }

    private static int lastByte(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            channel.read(last, channel.size() - 1);
            return last.get(0);
        }
    }

    /** Writes a recording as a whole; packed if the name ends in {@code .gz}. */
    public static void write(Path path, Recording recording) throws FaultException {
        try {
            byte[] bytes = bytes(recording);
            AtomicFile.write(path, path.toString().endsWith(".gz") ? pack(bytes) : bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Recording recording) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RecordingWriter writer = new RecordingWriter(bytes);
        for (Run run : recording.runs().values()) {
            writer.run(run);
        }
        return bytes.toByteArray();
    }

    private static byte[] pack(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
            new ByteArrayInputStream(bytes).transferTo(stream);
        }
        return packed.toByteArray();
    }

    private static boolean isPacked(byte[] head) {
        return head.length >= 2 && ((head[0] & 0xff) | (head[1] & 0xff) << 8) == GZIP_MAGIC;
    }

    /** A packed stream; one that ends within its first header counts as empty. */
    private static InputStream unpacked(InputStream stream) throws IOException {
        try {
            return new GZIPInputStream(stream, 1 << 16);
        } catch (EOFException e) {
            return InputStream.nullInputStream();
        }
    }

    private static long littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** What writes the lines. Call {@link #flush} when nothing more comes for a while. */
    public RecordingWriter writer() {
        dirty = true;
        return writer;
    }

    /** Hands everything that was written to the kernel: it survives the end of this process. */
    public void flush() throws IOException {
        stream.flush();
    }

    /** Forces everything that was flushed to the disk, if something was written since the last time. */
    public void force() throws IOException {
        if (dirty && channel.isOpen()) {
            dirty = false;
            stream.flush();
            channel.force(false);
        }
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
