package dev.acktrace.format;

import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import java.util.List;

/** Filters of one thread, and what the kernel makes of their answers. */
public final class Filters {
    /** One filter. */
    public interface Filter {
        /** The word that it returns for a call. */
        int answer(SeccompData call);
    }

    private final List<Filter> filters;

    /**
     * A stack.
     *
     * @param filters in the order in which they were installed; at least one
     */
    public Filters(List<Filter> filters) {
        if (filters.isEmpty()) {
            throw new IllegalArgumentException("a stack has at least one filter");
        }
        this.filters = List.copyOf(filters);
    }

    /** A compiled filter. */
    public static Filter of(Program program) {
        return call -> Interpreter.run(program, call).word();
    }

    /**
     * A policy, as the runtime that reads it compiles it.
     *
     * @param badArch the answer to architectures that are not covered
     */
    public static Filter of(Imported policy, OciOptions.Reading runtime, Action badArch) {
        Plan plan = Runtimes.plan(policy, runtime, badArch);
        return call -> plan.decide(call).word();
    }

    /**
     * What happens to a call: all filters are asked, the most restrictive answer counts, and of equal ones that of the
     * filter that was installed last (seccomp(2)).
     */
    public Action decide(SeccompData call) {
        int word = 0;
        for (int i = 0; i < filters.size(); i++) {
            int answer = filters.get(i).answer(call);
            if (i == 0 || rank(answer) <= rank(word)) {
                word = answer;
            }
        }
        return Action.ofWord(word);
    }

    /** The kernel compares the actions as signed numbers, without their data. */
    private static int rank(int word) {
        return word & 0xFFFF0000;
    }
}
