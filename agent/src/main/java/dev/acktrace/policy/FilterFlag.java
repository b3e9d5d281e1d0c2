package dev.acktrace.policy;

import java.util.Optional;

/** Flags of {@code seccomp(SECCOMP_SET_MODE_FILTER)} that a policy may ask for. */
public enum FilterFlag {
    TSYNC,
    LOG,
    SPEC_ALLOW,
    WAIT_KILLABLE_RECV;

    /** {@code SECCOMP_FILTER_FLAG_*}. */
    public String ociName() {
        return "SECCOMP_FILTER_FLAG_" + name();
    }

    /** By {@code SECCOMP_FILTER_FLAG_*}. */
    public static Optional<FilterFlag> ofOciName(String name) {
        for (FilterFlag flag : values()) {
            if (flag.ociName().equals(name)) {
                return Optional.of(flag);
            }
        }
        return Optional.empty();
    }
}
