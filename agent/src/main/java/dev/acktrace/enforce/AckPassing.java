package dev.acktrace.enforce;

import static dev.acktrace.policy.Operator.EQ;
import static dev.acktrace.policy.Operator.GE;
import static dev.acktrace.policy.Operator.LT;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which of the calls that the stub has to see it need not see, by their arguments: they touch neither its descriptors
 * nor its mappings, set no signal mask, or name no executable. A known one passes then, as other known calls do.
 */
final class AckPassing {
    private static final long MAP_FIXED = 0x10; // asm-generic/mman-common.h, linux/mman.h
    private static final long MAP_FIXED_NOREPLACE = 0x100000;
    private static final long MREMAP_FIXED = 2;
    private static final long SHM_REMAP = 040000; // linux/shm.h
    private static final Comparison FAR = Comparison.of(0, GE, 1L << 32); // the stub is below 4 GiB

    private static final long WRITE = 2; // W_OK
    private static final long CURRENT = 1; // MCL_CURRENT
    private static final long NOFOLLOW = 0x100; // AT_SYMLINK_NOFOLLOW, linux/fcntl.h
    private static final long EMPTY_PATH = 0x1000; // AT_EMPTY_PATH

    private static final Condition NOT_FIXED = Condition.of(Comparison.masked(3, MAP_FIXED | MAP_FIXED_NOREPLACE, 0));

    private static final Map<String, Condition> CONDITIONS = Map.ofEntries(
            Map.entry("access", Condition.of(Comparison.masked(1, WRITE, 0))),
            Map.entry("faccessat", Condition.of(Comparison.masked(2, WRITE, 0))),
            Map.entry("faccessat2", Condition.of(Comparison.masked(2, WRITE, 0))),
            Map.entry("mlockall", Condition.of(Comparison.masked(0, CURRENT, 0))),
            Map.entry("close", Condition.of(descriptor(0))),
            Map.entry("fcntl", Condition.of(descriptor(0))),
            Map.entry("dup2", Condition.of(descriptor(0), descriptor(1))),
            Map.entry("dup3", Condition.of(descriptor(0), descriptor(1))),
            Map.entry("close_range", Condition.of(descriptor(1))),
            Map.entry("mprotect", Condition.of(FAR)),
            Map.entry("pkey_mprotect", Condition.of(FAR)),
            Map.entry("madvise", Condition.of(FAR)),
            Map.entry("remap_file_pages", Condition.of(FAR)),
            Map.entry("mremap", Condition.of(FAR, Comparison.masked(3, MREMAP_FIXED, 0))),
            Map.entry("shmat", Condition.of(Comparison.masked(2, SHM_REMAP, 0))),
            Map.entry("sigaltstack", Condition.of(Comparison.of(0, EQ, 0))),
            Map.entry("ppoll", Condition.of(Comparison.of(3, EQ, 0))),
            Map.entry("epoll_pwait", Condition.of(Comparison.of(4, EQ, 0))),
            Map.entry("epoll_pwait2", Condition.of(Comparison.of(4, EQ, 0))),
            Map.entry("pselect6", Condition.of(Comparison.of(5, EQ, 0))),
            Map.entry("io_pgetevents", Condition.of(Comparison.of(5, EQ, 0))));

    private AckPassing() {}

    private static Comparison descriptor(int index) {
        return Comparison.narrow(index, LT, Wire.ACK_DESCRIPTORS);
    }

    /** The ways in which a call is of no concern to the stub; none: it has to see every one. */
    static List<Condition> of(Syscall call) {
        return SyscallTable.of(Abi.X86_64)
                .name(call.number())
                .map(AckPassing::ofName)
                .orElse(List.of());
    }

    private static List<Condition> ofName(String name) {
        return switch (name) {
            case "mmap" -> List.of(NOT_FIXED, Condition.of(FAR));
            case "newfstatat" -> notBehindALink(3);
            case "statx" -> notBehindALink(2);
            default -> Optional.ofNullable(CONDITIONS.get(name)).map(List::of).orElse(List.of());
        };
    }

    /** The call is not about the file to which a name in {@code /proc} leads. */
    private static List<Condition> notBehindALink(int flags) {
        return List.of(
                Condition.of(Comparison.masked(flags, NOFOLLOW, NOFOLLOW)),
                Condition.of(Comparison.masked(flags, EMPTY_PATH, EMPTY_PATH)));
    }

    /** Both conditions. */
    static Condition both(Condition one, Condition other) {
        List<Comparison> all = new ArrayList<>(one.comparisons());
        all.addAll(other.comparisons());
        return new Condition(all);
    }
}
