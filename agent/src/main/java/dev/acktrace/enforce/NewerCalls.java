package dev.acktrace.enforce;

import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Verdict;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Answers calls that are newer than the tables with ENOSYS, as runc does, so that a C library that tries one takes it
 * for too new and falls back. Only numbers above the newest known one for which the policy has no rule; and not if the
 * default action executes or traces.
 */
final class NewerCalls {
    private static final long X32 = Integer.toUnsignedLong(Abi.X32.numberBit());
    private static final long SKIPPED = 0xFFFF_FFFFL;
    private static final Verdict TOO_NEW = Verdict.of(Action.errno(Errno.ENOSYS));

    private NewerCalls() {}

    /** The plan of a policy with these answers. */
    static Plan answered(Plan plan, Policy policy) {
        boolean refuses = switch (policy.defaultAction().kind()) {
            case ALLOW, LOG, TRACE -> false;
            case KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, NOTIFY -> true;
        };
        if (!refuses) {
            return plan;
        }
        List<Plan.Section> sections = new ArrayList<>();
        for (Plan.Section section : plan.sections()) {
            sections.add(section(section, policy));
        }
        return new Plan(sections, plan.badArch());
    }

    private static Plan.Section section(Plan.Section section, Policy policy) {
        TreeMap<Long, Verdict> byNumber = new TreeMap<>();
        section.spans().forEach(span -> byNumber.put(Integer.toUnsignedLong(span.from()), span.verdict()));
        Verdict standard = Verdict.of(policy.defaultAction());
        for (Abi abi : policy.architectures()) {
            if (abi.auditArch() == section.arch()) {
                long from = Integer.toUnsignedLong(abi.raw(SyscallTable.of(abi).largest())) + 1;
                long end = abi == Abi.X86_64 ? X32 : SKIPPED;
                split(byNumber, from);
                split(byNumber, end);
                byNumber.subMap(from, end)
                        .replaceAll((number, verdict) -> verdict.equals(standard) ? TOO_NEW : verdict);
            }
        }
        List<Plan.Span> spans = new ArrayList<>();
        for (Map.Entry<Long, Verdict> entry : byNumber.entrySet()) {
            int last = spans.size() - 1;
            if (last < 0 || !spans.get(last).verdict().equals(entry.getValue())) {
                spans.add(new Plan.Span(entry.getKey().intValue(), entry.getValue()));
            }
        }
        return new Plan.Section(section.arch(), spans);
    }

    private static void split(NavigableMap<Long, Verdict> byNumber, long at) {
        byNumber.putIfAbsent(at, byNumber.floorEntry(at).getValue());
    }
}
