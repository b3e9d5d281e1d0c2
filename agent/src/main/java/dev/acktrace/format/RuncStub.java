package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The instructions that runc (1.4, 2026-08) puts before the filter: calls with a number above that of every call that
 * the policy names get ENOSYS, so that a C library takes them for too new and falls back.
 */
final class RuncStub {
    static final Action ANSWER = Action.errno(Errno.ENOSYS);

    /** The largest number that the policy names, by ABI; only ABIs of which it names one above 0. */
    private final Map<Abi, Integer> largest;

    private RuncStub(Map<Abi, Integer> largest) {
        this.largest = largest;
    }

    static RuncStub of(Imported policy) {
        Map<Abi, Integer> largest = new EnumMap<>(Abi.class);
        if (!permissive(policy.policy().defaultAction())) {
            for (Abi abi : policy.policy().architectures()) {
                int most = 0;
                for (String call : policy.named()) {
                    OptionalInt number = SyscallTable.of(abi).number(call);
                    most = Math.max(most, number.isPresent() ? abi.raw(number.getAsInt()) : 0);
                }
                if (most > 0) {
                    largest.put(abi, most);
                }
            }
        }
        return new RuncStub(largest);
    }

    private static boolean permissive(Action action) {
        return switch (action.kind()) {
            case ALLOW, LOG, TRACE -> true;
            case KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, NOTIFY -> false;
        };
    }

    /** Whether the call does not reach the filter. */
    boolean answers(SeccompData call) {
        int number = call.number();
        if (call.arch() == Abi.X86_64.auditArch()) {
            // Bit 30 alone chooses between the two, so a call that was skipped, -1, counts as one of x32.
            boolean x32 = (number & Abi.X32.numberBit()) != 0;
            return above(x32 ? Abi.X32 : Abi.X86_64, number);
        }
        if (call.arch() == Abi.S390X.auditArch() && largest.containsKey(Abi.S390X) && number == 0) {
            return true;
        }
        return call.abi().filter(abi -> above(abi, number)).isPresent();
    }

    private boolean above(Abi abi, int number) {
        Integer most = largest.get(abi);
        return most != null && Integer.compareUnsigned(number, most) > 0;
    }
}
