package dev.acktrace.format;

import dev.acktrace.bpf.ActionCache;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which calls of a policy the kernel answers from its action cache, without running the filter.
 *
 * @param allowed calls that the policy allows, some or all arguments, on all of its ABIs
 * @param cached how many of them are cached
 * @param uncached the others
 */
public record CacheReport(int allowed, int cached, List<Uncached> uncached) {
    /**
     * A call that the filter is run for.
     *
     * @param abi its ABI
     * @param call its name
     * @param reason why it is not cached
     */
    public record Uncached(Abi abi, String call, String reason) {}

    public CacheReport {
        uncached = List.copyOf(uncached);
    }

    /** The report for a policy and its program. */
    public static CacheReport of(Policy policy, Program program) {
        int allowed = 0;
        List<Uncached> uncached = new ArrayList<>();
        for (Abi abi : policy.architectures()) {
            Flat flat = Flat.of(policy, abi);
            SyscallTable table = SyscallTable.of(abi);
            for (String call : table.names()) {
                List<Rule> rules = flat.calls().getOrDefault(call, List.of());
                boolean always = !rules.isEmpty() && rules.get(0).condition().always();
                boolean some = rules.stream().anyMatch(rule -> Substitution.executes(rule.action()));
                if (some || (!always && flat.permissive())) {
                    allowed++;
                    reason(ActionCache.entry(program, abi, table.number(call).orElseThrow()), always)
                            .ifPresent(reason -> uncached.add(new Uncached(abi, call, reason)));
                }
            }
        }
        return new CacheReport(allowed, allowed - uncached.size(), uncached);
    }

    private static Optional<String> reason(ActionCache.Entry entry, boolean always) {
        return switch (entry) {
            case CACHED -> Optional.empty();
            case DEPENDS -> Optional.of(always ? "the filter looks at more than the number" : "arguments are tested");
            case NOT_ALLOWED -> Optional.of("the answer is LOG, not ALLOW");
            case NO_CACHE -> Optional.of("the kernel has no cache for x32");
        };
    }
}
