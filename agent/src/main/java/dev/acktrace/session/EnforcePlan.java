package dev.acktrace.session;

import dev.acktrace.enforce.EnforcementFilter.OnDeny;
import dev.acktrace.policy.Policy;
import java.util.List;

/**
 * What to run under which policy.
 *
 * @param policy the policy
 * @param command the target's words as the JVM decoded them
 * @param onDeny what happens to a refused call
 * @param tsync whether the filter is installed with SECCOMP_FILTER_FLAG_TSYNC
 * @param log whether the filter is installed with SECCOMP_FILTER_FLAG_LOG
 */
public record EnforcePlan(Policy policy, List<String> command, OnDeny onDeny, boolean tsync, boolean log) {
    /** Copies the list. */
    public EnforcePlan {
        command = List.copyOf(command);
    }
}
