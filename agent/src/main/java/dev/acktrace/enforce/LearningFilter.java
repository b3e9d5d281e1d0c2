package dev.acktrace.enforce;

import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The filter under which a target runs while it is learned: what is known passes and stays in the kernel's action
 * cache, everything else is reported. No call through any ABI that is not known passes silently.
 */
public final class LearningFilter {
    private static final Action REPORT = Action.trace(0);

    private LearningFilter() {}

    /**
     * The program.
     *
     * @param known calls that are not to be heard of again, whatever their arguments
     */
    public static Program compile(Collection<Syscall> known) {
        return compile(known, REPORT);
    }

    /**
     * The program with another way to report.
     *
     * @param report what happens to calls that are not known, for example {@code TRAP}
     */
    public static Program compile(Collection<Syscall> known, Action report) {
        List<Rule> rules = new ArrayList<>();
        for (Syscall call : known) {
            rules.add(new Rule(
                    Integer.toUnsignedString(call.number()), List.of(call.abi()), Condition.ALWAYS, Action.ALLOW));
        }
        List<Abi> abis = Abi.host() == Abi.X86_64 ? List.of(Abi.X86_64, Abi.X86, Abi.X32) : List.of(Abi.host());
        return Compiler.compile(Plan.of(Policy.of(report, abis, rules), report), CompileOptions.SMALL);
    }
}
