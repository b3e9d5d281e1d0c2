package dev.acktrace.file;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file so that a reader finds the old content or the new content, never a part.
 *
 * <p>The bytes go to a temporary file of random name in the same directory, are forced to the disk, and take the
 * target's name by rename(2). The mode of an existing file is kept; a new file gets what the umask gives. A symbolic
 * link is followed: its target is replaced, the link stays. What is no regular file (a pipe, a terminal,
 * {@code /dev/stdout}) cannot be replaced and is written to directly.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /**
     * Replaces the content of a file.
     *
     * @param path the file; its directory must exist
     * @param content all bytes of the new content
     * @throws FaultException when the file could not be written; an existing file is then unchanged
     */
    public static void write(Path path, byte[] content) throws FaultException {
        try {
            FileDescriptor own = ownStream(path.toString());
            if (own != null) {
                writeToDescriptor(own, content);
            } else if (Files.exists(path) && !Files.isRegularFile(path)) {
                writeDirectly(path, content);
            } else {
                replace(Files.exists(path) ? path.toRealPath() : path.toAbsolutePath(), content);
            }
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot write '" + path + "'",
                            reason(e),
                            "Name a file in a directory that exists and that you may write to; nothing was changed."),
                    e);
        }
    }

    /** Returns what the kernel said of a failed file operation, as words. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static void writeDirectly(Path path, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            writeAll(channel, content);
        }
    }

    private static void writeToDescriptor(FileDescriptor descriptor, byte[] content) throws IOException {
        @SuppressWarnings("resource") // closing it would close the process's own stream
        FileOutputStream stream = new FileOutputStream(descriptor);
        stream.write(content);
    }

    /** The process's own stream that a path stands for: opening it anew would start at its first byte. */
    private static @Nullable FileDescriptor ownStream(String path) {
        return switch (path) {
            case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" -> FileDescriptor.out;
            case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2" -> FileDescriptor.err;
            default -> null;
        };
    }

    private static void replace(Path target, byte[] content) throws IOException {
        Path parent = target.getParent();
        Path directory = parent == null ? Path.of("/") : parent;
        Path temporary = directory.resolve(temporaryName());
        boolean renamed = false;
        try (FileChannel channel =
                FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            writeAll(channel, content);
            if (Files.exists(target)) {
                Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(target));
            }
            channel.force(true);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            renamed = true;
        } finally {
            if (!renamed) {
                Files.deleteIfExists(temporary);
            }
        }
        forceDirectory(directory);
    }

    /** A hidden name that nobody can foresee. */
    private static String temporaryName() {
        byte[] random = new byte[12];
        new SecureRandom().nextBytes(random);
        return ".acktrace-" + HexFormat.of().formatHex(random) + ".tmp";
    }

    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void writeAll(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }
}
