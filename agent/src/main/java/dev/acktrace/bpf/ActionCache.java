package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.syscall.Abi;

/**
 * The kernel's action cache: {@code seccomp_is_const_allow} of {@code kernel/seccomp.c}, Linux 5.11 to 6.18. When a
 * filter is installed, the kernel follows it for every number with nothing but number and architecture at hand; where
 * that leads to ALLOW, the filter is not run any more. With several filters that must be so for each.
 */
public final class ActionCache {
    private ActionCache() {}

    /** Why a call is in the cache or not. */
    public enum Entry {
        /** The filter is not run for it. */
        CACHED,
        /** The filter looks at more than number and architecture, or calculates with them. */
        DEPENDS,
        /** The answer is not a plain ALLOW. */
        NOT_ALLOWED,
        /** x32 has no cache. */
        NO_CACHE
    }

    /**
     * Whether the kernel caches a call. The program is one that the kernel accepts.
     *
     * @param number the table's number, without x32's bit
     */
    public static Entry entry(Program program, Abi abi, int number) {
        if (abi == Abi.X32) {
            return Entry.NO_CACHE;
        }
        int accumulator = 0;
        for (int pc = 0; pc < program.size(); pc++) {
            Instruction instruction = program.at(pc);
            int k = instruction.k();
            switch (instruction.code()) {
                case Opcode.LOAD -> {
                    if (k != 0 && k != 4) {
                        return Entry.DEPENDS;
                    }
                    accumulator = k == 0 ? abi.raw(number) : abi.auditArch();
                }
                case Opcode.AND_K -> accumulator &= k;
                case Opcode.GOTO -> pc += k;
                case Opcode.RETURN -> {
                    return k == Action.ALLOW.word() ? Entry.CACHED : Entry.NOT_ALLOWED;
                }
                case Opcode.JMP | Opcode.JEQ -> pc += accumulator == k ? instruction.jt() : instruction.jf();
                case Opcode.JMP | Opcode.JGT ->
                    pc += Integer.compareUnsigned(accumulator, k) > 0 ? instruction.jt() : instruction.jf();
                case Opcode.JMP | Opcode.JGE ->
                    pc += Integer.compareUnsigned(accumulator, k) >= 0 ? instruction.jt() : instruction.jf();
                case Opcode.JMP | Opcode.JSET -> pc += (accumulator & k) != 0 ? instruction.jt() : instruction.jf();
                default -> {
                    return Entry.DEPENDS;
                }
            }
        }
        return Entry.DEPENDS;
    }
}
