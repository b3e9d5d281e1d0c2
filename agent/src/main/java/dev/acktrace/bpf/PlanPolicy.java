package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names for a plan: the policy that says the same by rules. */
public final class PlanPolicy {
    private static final int PROBE = 0x3FFFFFFF;

    private PlanPolicy() {}

    private record Key(String call, Condition condition, Action action) {}

    /**
     * The policy of a plan for some ABIs. Its default is what the plan answers for numbers that nobody uses yet.
     *
     * Runs of numbers without names that have an answer of their own are left out from the 65th behind the last name
     * on; {@link PlanDifference} shows them.
     *
     * @throws TooComplex if the conditions are too many
     */
    public static Policy of(Plan plan, Set<Abi> abis) {
        Abi first = abis.iterator().next();
        Action otherwise =
                plan.section(first.auditArch()).verdict(first.raw(PROBE)).otherwise();
        Map<Key, Set<Abi>> rules = new LinkedHashMap<>();
        for (Abi abi : abis) {
            Plan.Section section = plan.section(abi.auditArch());
            SyscallTable table = SyscallTable.of(abi);
            for (int number = 0; number <= table.largest() + 64; number++) {
                add(rules, abi, table.display(number), section.verdict(abi.raw(number)), otherwise);
            }
        }
        List<Rule> all = new ArrayList<>();
        rules.forEach((key, where) -> {
            boolean everywhere = abis.stream()
                    .allMatch(abi -> where.contains(abi)
                            || SyscallTable.of(abi).parse(key.call()).isEmpty());
            List<Abi> only = everywhere ? List.of() : List.copyOf(where);
            all.add(new Rule(key.call(), only, key.condition(), key.action()));
        });
        return Policy.of(otherwise, abis, all);
    }

    private static void add(Map<Key, Set<Abi>> rules, Abi abi, String call, Verdict verdict, Action otherwise) {
        for (Verdict.Choice choice : exclusive(verdict, abi, otherwise)) {
            rules.computeIfAbsent(new Key(call, choice.condition(), choice.action()), key -> EnumSet.noneOf(Abi.class))
                    .add(abi);
        }
    }

    /** Choices that leave what the policy answers by default to that. */
    private static List<Verdict.Choice> exclusive(Verdict verdict, Abi abi, Action otherwise) {
        if (verdict.otherwise().equals(otherwise)) {
            return verdict.choices();
        }
        if (verdict.constant()) {
            return List.of(new Verdict.Choice(Condition.ALWAYS, verdict.otherwise()));
        }
        PlanPairs.Functions functions = new PlanPairs.Functions(abi.auditArch(), verdict, verdict);
        Verdict other = new Cover(functions.diagram, SeccompData.littleEndian(abi.auditArch()), new Budget())
                .verdict(functions.left, otherwise);
        return other.constant() ? List.of(new Verdict.Choice(Condition.ALWAYS, other.otherwise())) : other.choices();
    }
}
