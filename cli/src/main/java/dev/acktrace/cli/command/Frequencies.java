package dev.acktrace.cli.command;

import dev.acktrace.fault.FaultException;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.recording.Run;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/** How often calls are made: a recording, or lines {@code NAME: COUNT} as minijail has them. */
final class Frequencies {
    private Frequencies() {}

    /** Counts by call; names that the native ABI does not have are left out. */
    static Map<Syscall, Long> read(String name) throws FaultException {
        byte[] bytes = PolicyFiles.bytes(name, "frequencies");
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.startsWith("{") || text.startsWith("\u001f")) {
            return counts(RecordingFile.read(Path.of(name)));
        }
        Map<Syscall, Long> counts = new TreeMap<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String plain = line.replaceFirst("#.*", "").trim();
            if (!plain.isEmpty()) {
                line(counts, plain, name, number);
            }
        }
        return counts;
    }

    private static void line(Map<Syscall, Long> counts, String line, String name, int number) throws FaultException {
        int colon = line.indexOf(':');
        OptionalLong count = colon < 0
                ? OptionalLong.empty()
                : Words.number(line.substring(colon + 1).trim());
        if (count.isEmpty() || count.getAsLong() < 0) {
            throw new FaultException(
                    "cannot read the frequencies '" + name + "'",
                    "line " + number + " is not 'NAME: COUNT'",
                    "Give a recording, or such lines.");
        }
        OptionalInt call =
                SyscallTable.of(Abi.host()).number(line.substring(0, colon).trim());
        if (call.isPresent()) {
            counts.merge(new Syscall(Abi.host(), call.getAsInt()), count.getAsLong(), Long::sum);
        }
    }

    private static Map<Syscall, Long> counts(Recording recording) {
        Map<Syscall, Long> counts = new TreeMap<>();
        for (Run run : recording.runs().values()) {
            for (Syscall call : run.calls()) {
                counts.merge(call, run.count(call), Long::sum);
            }
        }
        return counts;
    }
}
