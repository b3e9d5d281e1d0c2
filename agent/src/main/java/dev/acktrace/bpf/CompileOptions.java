package dev.acktrace.bpf;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.util.HashMap;
import java.util.Map;

/**
 * How to compile.
 *
 * @param goal what the filter should be best at
 * @param weights how often each call is made, in any unit; calls that are not listed are rare
 */
public record CompileOptions(CompileGoal goal, Map<Syscall, Double> weights) {
    /** The smallest filter, without knowledge of frequencies. */
    public static final CompileOptions SMALL = new CompileOptions(CompileGoal.SIZE, Map.of());

    public CompileOptions {
        weights = Map.copyOf(weights);
    }

    /** Weights by the value of {@code seccomp_data.nr} for one audit architecture. */
    Map<Integer, Double> weights(int arch) {
        Map<Integer, Double> byNumber = new HashMap<>();
        weights.forEach((call, weight) -> {
            Abi abi = call.abi();
            if (abi.auditArch() == arch) {
                byNumber.put(abi.raw(call.number()), weight);
            }
        });
        return byNumber;
    }
}
