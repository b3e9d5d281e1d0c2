package dev.acktrace.syscall;

/**
 * One parameter of a system call.
 *
 * @param name usual name
 * @param alias another name in use; equal to {@code name} if there is none
 * @param type C type, as the kernel declares it
 * @param bits how many low bits of the register the kernel looks at on a 64-bit ABI: 32 or 64
 * @param pointer whether it is an address
 * @param kind what it is for
 */
public record Argument(String name, String alias, String type, int bits, boolean pointer, ArgumentKind kind) {}
