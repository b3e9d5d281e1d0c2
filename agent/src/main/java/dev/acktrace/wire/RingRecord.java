package dev.acktrace.wire;

import java.util.List;

/**
 * One record of the ring, copied out and checked for bounds; its meaning is not checked.
 *
 * @param kind {@link #IMAGE}, {@link #CALL}, {@link #EXIT} or {@link #TIGHTENED}; other numbers are possible
 * @param flags {@code WIRE_FLAG_*}
 * @param pid thread group
 * @param tid task
 * @param timeNs nanoseconds since the segment's monotonic epoch
 * @param arch {@code AUDIT_ARCH_*}
 * @param number as the kernel got it, x32 bit included
 * @param arguments {@link Wire#ARGUMENTS} words
 * @param instructionPointer address behind the system call instruction
 * @param result of the call if {@link #FLAG_RESULT} is set; a wait status for {@link #EXIT}
 * @param fingerprint of the shape
 * @param image id of the image, 0 for none
 * @param siteOffset offset of the instruction pointer in the file of the text {@link TextKind#SITE}
 * @param texts what was read beside it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RingRecord(
        int kind,
        int flags,
        int pid,
        int tid,
        long timeNs,
        int arch,
        int number,
        long[] arguments,
        long instructionPointer,
        long result,
        long fingerprint,
        int image,
        long siteOffset,
        List<Text> texts) {
    /** Unused slots before the ring's end. */
    public static final int PADDING = 0;
    /** A task executes a program that has a new image id. */
    public static final int IMAGE = 1;
    /** First sighting of a shape. */
    public static final int CALL = 2;
    /** A process ended. */
    public static final int EXIT = 3;
    /** What became of a filter that was stacked; {@link Tightened} says what. */
    public static final int TIGHTENED = 4;
    /** A program that the backend could not take. */
    public static final int REFUSED = 5;

    /** The execve that started the target. */
    public static final int FLAG_LAUNCH = 0x0001;
    /** Answered with an errno instead of executed. */
    public static final int FLAG_DENIED = 0x0002;
    /** The result is valid. */
    public static final int FLAG_RESULT = 0x0004;
    /** Texts were read before the call ran. */
    public static final int FLAG_AT_ENTRY = 0x0008;
    /** The filter killed the task at this call. */
    public static final int FLAG_KILLED = 0x0010;
    /** The task waits for an answer. */
    public static final int FLAG_HELD = 0x0020;

    /** Whether a flag is set. */
    public boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
