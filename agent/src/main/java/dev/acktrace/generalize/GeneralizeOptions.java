package dev.acktrace.generalize;

import dev.acktrace.policy.Action;

/**
 * How far a policy may go beyond its evidence, and how close to it arguments are held.
 *
 * @param arguments whether known arguments are pinned
 * @param closure which siblings are added
 * @param otherwise the default action
 * @param autoErrno whether calls that are known today get EPERM and newer ones ENOSYS; {@code otherwise} is not used
 */
public record GeneralizeOptions(Arguments arguments, Closure closure, Action otherwise, boolean autoErrno) {
    /** Names only, with what every program needs, EPERM. */
    public static final GeneralizeOptions NAMES =
            new GeneralizeOptions(Arguments.OFF, Closure.ALWAYS, Action.errno(1), false);

    /** Which arguments are pinned. */
    public enum Arguments {
        OFF,
        KNOWN
    }

    /** Which siblings of observed calls are added. */
    public enum Closure {
        NONE,
        /** What every program needs sooner or later, and one run may not show: {@code generalize/always.csv}. */
        ALWAYS,
        /** What another libc would call, too. */
        LIBC,
        /** What another ABI or kernel would call, too. */
        PORTABLE
    }
}
