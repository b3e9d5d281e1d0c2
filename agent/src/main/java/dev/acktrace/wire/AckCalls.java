package dev.acktrace.wire;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The x86-64 calls that the stub of {@code WIRE_MODE_ACK} treats in a way of its own: {@code ACK_CALLS} and {@code
 * ACK_ALLOWED} of the helper's {@code stub/calls.h}. A test compares them with what {@code acktrace-helper wire}
 * prints.
 */
public final class AckCalls {
    private static final List<String> TRAPPED = List.of(
            "open",
            "stat",
            "access",
            "newfstatat",
            "faccessat",
            "statx",
            "faccessat2",
            "close",
            "mmap",
            "mprotect",
            "munmap",
            "rt_sigaction",
            "rt_sigprocmask",
            "mremap",
            "madvise",
            "shmat",
            "dup2",
            "clone",
            "execve",
            "fcntl",
            "readlink",
            "ptrace",
            "rt_sigpending",
            "rt_sigtimedwait",
            "rt_sigsuspend",
            "prctl",
            "remap_file_pages",
            "openat",
            "readlinkat",
            "rt_sigreturn",
            "pselect6",
            "ppoll",
            "epoll_pwait",
            "dup3",
            "seccomp",
            "execveat",
            "pkey_mprotect",
            "getdents64",
            "io_pgetevents",
            "clone3",
            "close_range",
            "epoll_pwait2",
            "process_madvise",
            "mlockall",
            "openat2",
            "sigaltstack");

    private static final List<String> ALLOWED = List.of("exit", "restart_syscall");

    private AckCalls() {}

    /** Calls that the stub must see even when they are known. */
    public static SortedSet<Syscall> trapped() {
        return calls(TRAPPED);
    }

    /**
     * Calls that are never trapped, because a trapped one could not run. The stub infers them: {@code exit} when a
     * thread begins. {@code restart_syscall}, which only the kernel makes, it does not see.
     */
    public static SortedSet<Syscall> inferred() {
        return calls(ALLOWED);
    }

    private static SortedSet<Syscall> calls(List<String> names) {
        SortedSet<Syscall> calls = new TreeSet<>();
        for (String name : names) {
            calls.add(new Syscall(
                    Abi.X86_64, SyscallTable.of(Abi.X86_64).number(name).orElseThrow()));
        }
        return calls;
    }
}
