package dev.acktrace.syscall;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Calls that older ABIs also have as numbers of {@code socketcall} and {@code ipc}, from {@code multiplexed.csv}.
 *
 * @param through {@code socketcall} or {@code ipc}
 * @param number what its first argument is for the call
 */
public record Multiplexed(String through, int number) {
    private static final Set<Abi> ABIS = EnumSet.of(Abi.X86, Abi.S390X, Abi.PPC64, Abi.PPC64LE);

    /** How a call is made through another one; empty if it is not. */
    public static Optional<Multiplexed> of(String call) {
        return Optional.ofNullable(Rows.BY_CALL.get(call));
    }

    /** Whether an ABI has {@code socketcall} and {@code ipc}, and libseccomp knows it. */
    public static boolean on(Abi abi) {
        return ABIS.contains(abi);
    }

    private static final class Rows {
        static final Map<String, Multiplexed> BY_CALL = new HashMap<>();

        static {
            for (String row : Facts.rows("syscalls/multiplexed.csv")) {
                List<String> fields = Facts.split(row, ',');
                BY_CALL.put(fields.get(0), new Multiplexed(fields.get(1), Integer.parseInt(fields.get(2))));
            }
        }
    }
}
