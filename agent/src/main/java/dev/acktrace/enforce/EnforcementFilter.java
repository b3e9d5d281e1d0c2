package dev.acktrace.enforce;

import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Errno;

/** The filter that a target runs under when a policy is enforced. */
public final class EnforcementFilter {
    /** {@code WIRE_DATA_KILL} of the helper's {@code wire.h}: report the call and kill the process. */
    public static final int TRACE_KILL = 0xffff;

    private EnforcementFilter() {}

    /** What happens to a call that the policy refuses, instead of what the policy says. */
    public enum OnDeny {
        /** What the policy says. */
        POLICY,
        /** An errno: the policy's if it has one, else EPERM. */
        ERRNO,
        /** The process ends with SIGSYS. */
        KILL,
        /** It is executed, and the kernel logs it. */
        LOG,
        /** The supervisor hears of it, then the target gets the errno, or SIGSYS if the policy kills. */
        TRACE
    }

    /**
     * The program for a policy. A call through an ABI that the policy does not cover counts as refused; x32 calls
     * are such calls if x32 is not listed. Numbers above the newest known call get ENOSYS, as under runc.
     *
     * @throws dev.acktrace.bpf.CompileException if the policy is too large for one filter
     */
    public static Program compile(Policy policy, OnDeny onDeny, CompileOptions options) {
        Plan plan = NewerCalls.answered(Plan.of(policy, Action.KILL_THREAD), policy);
        return Compiler.compile(plan.map(action -> replace(action, onDeny)), options);
    }

    private static Action replace(Action action, OnDeny onDeny) {
        if (onDeny == OnDeny.POLICY || allows(action)) {
            return action;
        }
        int errno = action.kind() == Action.Kind.ERRNO ? action.data() : Errno.EPERM;
        return switch (onDeny) {
            case ERRNO -> Action.errno(errno);
            case KILL -> Action.KILL_PROCESS;
            case LOG -> Action.LOG;
            default -> {
                boolean answers = action.kind() == Action.Kind.ERRNO && errno > 0;
                yield Action.trace(answers ? Math.min(errno, Errno.MAX) : traceOf(action));
            }
        };
    }

    private static int traceOf(Action action) {
        return switch (action.kind()) {
            case KILL_PROCESS, KILL_THREAD, TRAP -> TRACE_KILL;
            default -> Errno.EPERM;
        };
    }

    private static boolean allows(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG;
    }
}
