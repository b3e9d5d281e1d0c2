package dev.acktrace.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a recording says of the machine it was made on. */
public final class Host {
    private static final List<String> LIBRARIES = List.of(
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib/aarch64-linux-gnu/libc.so.6",
            "/lib64/libc.so.6",
            "/usr/lib/libc.so.6",
            "/lib/libc.so.6");
    private static final byte[] BANNER = "GNU C Library ".getBytes(StandardCharsets.US_ASCII);

    private Host() {}

    /** Release of the kernel, as {@code uname -r}; empty if /proc does not say. */
    public static String kernel() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** The architecture, as {@code uname -m}. */
    public static String machine() {
        String arch = System.getProperty("os.arch", "");
        return arch.equals("amd64") ? "x86_64" : arch;
    }

    /** Name and version of the host's C library, from the banner in its file; empty if unknown. Reads a few MB. */
    public static String libc() {
        try {
            for (String library : LIBRARIES) {
                if (Files.isRegularFile(Path.of(library))) {
                    return banner(Files.readAllBytes(Path.of(library)));
                }
            }
            return Files.exists(Path.of("/lib/ld-musl-x86_64.so.1")) ? "musl" : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** Finds {@code GNU C Library (PACKAGE) … version N.} in the bytes of a library. */
    static String banner(byte[] library) {
        for (int i = 0; i + BANNER.length < library.length; i++) {
            if (library[i] == BANNER[0] && startsAt(library, i)) {
                int end = i;
                while (end < library.length && end - i < 200 && library[end] != '\n' && library[end] != 0) {
                    end++;
                }
                String line = new String(library, i, end - i, StandardCharsets.US_ASCII);
                int open = line.indexOf('(');
                int close = line.indexOf(')');
                return open >= 0 && close > open ? line.substring(open + 1, close) : line;
            }
        }
        return "";
    }

    private static boolean startsAt(byte[] library, int at) {
        for (int i = 0; i < BANNER.length; i++) {
            if (library[at + i] != BANNER[i]) {
                return false;
            }
        }
        return true;
    }
}
