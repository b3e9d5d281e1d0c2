package dev.acktrace.format;

import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Verdict;
import dev.acktrace.policy.Action;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Multiplexed;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The instructions that runc (1.4, 2026-08) puts before the filter: calls with a number above that of every call that
 * the policy names get ENOSYS, so that a C library takes them for too new and falls back.
 */
final class RuncStub {
    private static final Verdict ANSWER = Verdict.of(Action.errno(Errno.ENOSYS));
    private static final long X32 = Integer.toUnsignedLong(Abi.X32.numberBit());

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
                    if (Multiplexed.on(abi) && Multiplexed.of(call).isPresent()) {
                        continue; // libseccomp has no number for it there
                    }
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

    /** The filter with these instructions before it. */
    Plan before(Plan filter) {
        List<Plan.Section> sections = new ArrayList<>();
        for (Plan.Section section : filter.sections()) {
            sections.add(before(section));
        }
        return new Plan(sections, filter.badArch());
    }

    private Plan.Section before(Plan.Section section) {
        TreeMap<Long, Verdict> byNumber = new TreeMap<>();
        section.spans().forEach(span -> byNumber.put(Integer.toUnsignedLong(span.from()), span.verdict()));
        largest.forEach((abi, most) -> {
            if (abi.auditArch() != section.arch()) {
                return;
            }
            long above = Integer.toUnsignedLong(most) + 1;
            if (abi == Abi.X86_64) {
                // Bit 30 alone chooses between the two, so a call that was skipped, -1, counts as one of x32.
                answer(byNumber, above, X32);
                answer(byNumber, 2 * X32, 3 * X32);
            } else if (abi == Abi.X32) {
                answer(byNumber, above, 2 * X32);
                answer(byNumber, 3 * X32, 4 * X32);
            } else {
                answer(byNumber, above, 4 * X32);
            }
            if (abi == Abi.S390X) {
                answer(byNumber, 0, 1);
            }
        });
        List<Plan.Span> spans = new ArrayList<>();
        byNumber.forEach((from, verdict) -> spans.add(new Plan.Span(from.intValue(), verdict)));
        return new Plan.Section(section.arch(), spans);
    }

    private static void answer(NavigableMap<Long, Verdict> byNumber, long from, long end) {
        if (end < 4 * X32) {
            byNumber.putIfAbsent(end, byNumber.floorEntry(end).getValue());
        }
        byNumber.subMap(from, end).clear();
        byNumber.put(from, ANSWER);
    }
}
