package dev.acktrace.refine;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.recording.RecordingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The record of decisions as a file of JSON Lines to which lines are only added. A last line that was cut off, as by a
 * crash, is dropped when it is read.
 */
public final class Journal implements AutoCloseable {
    /** Largest file that is read, bytes. */
    private static final long LARGEST = 256L << 20;

    private final Path path;
    private final FileChannel channel;

    private Journal(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * What a journal held when it was opened, and the journal to add to.
     *
     * @param journal to be closed by the caller
     * @param entries oldest first
     */
    public record Opened(Journal journal, List<JournalEntry> entries) {
        /** Copies the list. */
        public Opened {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Opens a journal, and makes it if there is none.
     *
     * @throws FaultException if it cannot be read or written, or holds a line that is no entry
     */
    public static Opened open(Path path) throws FaultException {
        try {
            List<JournalEntry> entries = new ArrayList<>();
            long end = 0;
            if (Files.exists(path)) {
                if (Files.size(path) > LARGEST) {
                    throw new IOException("it is larger than " + (LARGEST >> 20) + " MiB");
                }
                byte[] bytes = Files.readAllBytes(path);
                end = wholeLines(bytes);
                entries = parse(path, bytes, (int) end);
            }
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new IOException("another session is using it");
            }
            channel.truncate(end);
            channel.position(end);
            return new Opened(new Journal(path, channel), entries);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot open the record of decisions '" + path + "'",
                            AtomicFile.reason(e),
                            "It stands beside the policy; name a policy in a directory that you may write to."),
                    e);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static long wholeLines(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    private static List<JournalEntry> parse(Path path, byte[] bytes, int end) throws FaultException {
        List<JournalEntry> entries = new ArrayList<>();
        int line = 1;
        int from = 0;
        for (int i = 0; i < end; i++) {
            if (bytes[i] == '\n') {
                try {
                    entries.add(JournalReader.parse(bytes, from, i - from));
                } catch (RecordingException e) {
                    throw new FaultException(
                            new Fault(
                                    "cannot read the record of decisions '" + path + "'",
                                    "line " + line + ": " + e.getMessage(),
                                    "Mend or remove that line; no line is ever changed by acktrace."),
                            e);
                }
                from = i + 1;
                line++;
            }
        }
        return entries;
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** Adds an entry and hands it to the kernel: it survives the end of this process. */
    public void add(JournalEntry entry) throws FaultException {
        try {
            ByteBuffer line = ByteBuffer.wrap((JournalText.line(entry) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot write the record of decisions '" + path + "'",
                            AtomicFile.reason(e),
                            "The decision holds in this session; free some space, then decide again."),
                    e);
        }
    }

    /** Forces everything to the disk. */
    public void force() throws FaultException {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot write the record of decisions '" + path + "'",
                            AtomicFile.reason(e),
                            "Save the policy elsewhere."),
                    e);
        }
    }

    @Override
    public void close() throws FaultException {
        force();
        try {
            channel.close();
        } catch (IOException e) {
            throw new FaultException(
                    new Fault("cannot close '" + path + "'", AtomicFile.reason(e), "Check the disk."), e);
        }
    }
}
