package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Action.Kind;
import dev.acktrace.syscall.Errno;
import java.util.List;
import java.util.Set;

/** Finds the action that comes nearest to one that a format does not have. */
final class Substitution {
    private Substitution() {}

    /** Whether a call with this answer is executed without anybody being asked. */
    static boolean executes(Action action) {
        return action.kind() == Kind.ALLOW || action.kind() == Kind.LOG;
    }

    /**
     * The nearest action: of those that execute the call for one that does, else of those that do not.
     *
     * @param able what the format has; with {@code ALLOW} and one of {@code ERRNO}, {@code KILL_THREAD},
     *     {@code KILL_PROCESS}
     */
    static Action nearest(Action wanted, Set<Kind> able) {
        if (able.contains(wanted.kind())) {
            return wanted;
        }
        for (Action candidate : candidates(wanted.kind())) {
            if (able.contains(candidate.kind())) {
                return candidate;
            }
        }
        throw new IllegalArgumentException("no substitute for " + wanted + " among " + able);
    }

    private static List<Action> candidates(Kind kind) {
        Action refused = Action.errno(Errno.EPERM);
        return switch (kind) {
            case LOG, ALLOW -> List.of(Action.ALLOW, Action.LOG);
            case NOTIFY, TRACE -> List.of(Action.errno(Errno.ENOSYS), Action.KILL_PROCESS, Action.KILL_THREAD);
            case KILL_THREAD, TRAP -> List.of(Action.KILL_PROCESS, Action.KILL_THREAD, refused);
            case ERRNO, KILL_PROCESS -> List.of(Action.KILL_PROCESS, Action.KILL_THREAD, refused);
        };
    }
}
