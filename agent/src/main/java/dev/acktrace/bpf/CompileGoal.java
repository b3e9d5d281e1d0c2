package dev.acktrace.bpf;

/** What a compiled filter is best at. */
public enum CompileGoal {
    /** As few instructions as there can be; among those, few on the ways that calls take most. */
    SIZE,
    /** As few executed instructions as there can be, weighted by how often each call is made. */
    SPEED
}
