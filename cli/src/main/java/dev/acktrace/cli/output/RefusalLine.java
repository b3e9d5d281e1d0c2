package dev.acktrace.cli.output;

import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.syscall.Errno;
import dev.acktrace.wire.RingRecord;
import java.util.List;

/** A refused call: what, who, why, and the rule that would have allowed it. */
public final class RefusalLine {
    private RefusalLine() {}

    /** Two lines, each ended by a newline. */
    public static String text(Shape shape, RingRecord report, Policy policy, Palette palette) {
        ShapeKey key = shape.key();
        StringBuilder text = new StringBuilder("acktrace: ");
        text.append(palette.bad(report.has(RingRecord.FLAG_KILLED) ? "killed at " : "refused "));
        text.append(palette.heading(key.call().name())).append(CallText.arguments(key.call(), report));
        if (report.has(RingRecord.FLAG_DENIED) && report.result() < 0) {
            int errno = (int) -report.result();
            text.append(" = ").append(Errno.name(errno).orElse("errno " + errno));
        }
        text.append("  pid ").append(report.pid());
        if (report.tid() != report.pid()) {
            text.append(" thread ").append(report.tid());
        }
        text.append("  ")
                .append(key.image().isEmpty() ? "(before its first execve)" : key.image())
                .append('\n');
        return text.append("          ")
                .append(remedy(key, policy))
                .append('\n')
                .toString();
    }

    private static String remedy(ShapeKey key, Policy policy) {
        List<Rule> rules = policy.rulesFor(key.abi(), key.number());
        if (!policy.architectures().contains(key.abi())) {
            return "would be allowed with \"" + key.abi().ociName() + "\" in \"architectures\" and a rule for it";
        }
        StringBuilder text = new StringBuilder(
                "would be allowed by {\"names\": [\"" + key.call().name() + "\"], \"action\": \"SCMP_ACT_ALLOW\"}");
        String separator = "; the policy has: ";
        for (Rule rule : rules) {
            text.append(separator).append(rule.action()).append(" if ").append(rule.condition());
            separator = ", ";
        }
        return text.toString();
    }
}
