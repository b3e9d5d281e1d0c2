package dev.acktrace.syscall;

/** What an argument is for somebody who decides about it. */
public enum ArgumentKind {
    /** One of a few values that selects what happens. */
    ENUM,
    /** A word of bits. */
    FLAGS,
    /** Address of a NUL-terminated path. */
    PATH,
    /** Address of a {@code struct sockaddr}. */
    SOCKADDR,
    /** Any other address. */
    POINTER,
    /** A size or a count. */
    LENGTH,
    /** A file descriptor. */
    FD,
    /** A process, thread or process group. */
    PID,
    /** Anything else. */
    OTHER
}
