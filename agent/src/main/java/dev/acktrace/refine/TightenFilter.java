package dev.acktrace.refine;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Instruction;
import dev.acktrace.bpf.Program;
import dev.acktrace.enforce.EnforcementFilter;
import dev.acktrace.enforce.EnforcementFilter.OnDeny;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Facts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The filter that is stacked onto a target that runs. */
final class TightenFilter {
    private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS, linux/bpf_common.h
    private static final int IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int RETURN = 0x06; // BPF_RET | BPF_K
    private static final int SKIPPED = -1; // number of a call that a tracer took out

    private TightenFilter() {}

    /** Calls that every program makes sooner or later, whether or not they were seen. */
    static Set<String> always() {
        Set<String> names = new TreeSet<>();
        for (String row : Facts.rows("generalize/always.csv")) {
            names.add(Facts.csv(row).get(0));
        }
        return names;
    }

    /** The policy with what every program needs, unless a rule says something about it. */
    static Policy closed(Policy policy) {
        Set<String> named = new HashSet<>();
        policy.rules().forEach(rule -> named.add(rule.call()));
        List<Rule> rules = new ArrayList<>(policy.rules());
        for (String name : always()) {
            if (!named.contains(name)) {
                rules.add(Rule.of(name, Action.ALLOW));
            }
        }
        return policy.withRules(rules);
    }

    /**
     * The program.
     *
     * @param kernel whether the kernel itself answers what is denied; else the supervisor hears of it and does
     * @throws FaultException if the policy is too large for one filter
     */
    static Program of(Policy policy, boolean kernel) throws FaultException {
        try {
            Program program =
                    EnforcementFilter.compile(policy, kernel ? OnDeny.POLICY : OnDeny.TRACE, CompileOptions.SMALL);
            // The supervisor's own refusals pass, or their errno would become another.
            List<Instruction> all = new ArrayList<>(List.of(
                    new Instruction(LOAD_WORD, 0, 0, 0),
                    new Instruction(IF_EQUAL, 0, 1, SKIPPED),
                    new Instruction(RETURN, 0, 0, Action.ALLOW.word())));
            all.addAll(program.instructions());
            if (all.size() <= Program.MAX_INSTRUCTIONS) {
                return new Program(all);
            }
            throw tooLarge(
                    "it has " + all.size() + " instructions, and the kernel takes at most " + Program.MAX_INSTRUCTIONS);
        } catch (CompileException e) {
            throw tooLarge(String.valueOf(e.getMessage()));
        }
    }

    private static FaultException tooLarge(String why) {
        return new FaultException(
                new Fault("cannot make a filter of the policy", why, "Allow some calls whatever their arguments."));
    }
}
