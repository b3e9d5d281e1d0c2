package dev.acktrace.session;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The seccomp state of one thread, as {@code /proc/PID/task/TID/status} tells it; proc(5).
 *
 * @param tid the thread
 * @param name comm of the thread
 * @param mode 0 disabled, 1 strict, 2 filter; -1 if the kernel does not say
 * @param filters how many filters are installed, since Linux 5.9; -1 if the kernel does not say
 * @param noNewPrivs 1 if the thread gave up gaining privileges; -1 if the kernel does not say
 */
public record SeccompStatus(int tid, String name, int mode, int filters, int noNewPrivs) {
    /** Reads the text of a status file; unknown lines are ignored. */
    public static SeccompStatus parse(int tid, String status) {
        String name = "";
        int mode = -1;
        int filters = -1;
        int noNewPrivs = -1;
        for (String line : status.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon)) {
                case "Name" -> name = value;
                case "Seccomp" -> mode = number(value);
                case "Seccomp_filters" -> filters = number(value);
                case "NoNewPrivs" -> noNewPrivs = number(value);
                default -> {
                    // Another fact of the thread.
                }
            }
        }
        return new SeccompStatus(tid, name, mode, filters, noNewPrivs);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * All threads of a process, by number. Threads that end meanwhile are left out.
     *
     * @throws IOException if there is no such process
     */
    public static List<SeccompStatus> ofProcess(int pid) throws IOException {
        List<SeccompStatus> threads = new ArrayList<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path task : tasks) {
                int tid = number(String.valueOf(task.getFileName()));
                try {
                    threads.add(parse(tid, Files.readString(task.resolve("status"))));
                } catch (NoSuchFileException e) {
                    // The thread has ended.
                }
            }
        }
        threads.sort(Comparator.comparingInt(SeccompStatus::tid));
        return threads;
    }

    /** The mode in a word. */
    public String modeName() {
        return switch (mode) {
            case 0 -> "disabled";
            case 1 -> "strict";
            case 2 -> "filter";
            default -> "unknown";
        };
    }
}
