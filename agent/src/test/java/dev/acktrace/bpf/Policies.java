package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/** Random policies and calls on the borders of their conditions. */
final class Policies {
    private static final Action[] ACTIONS = {
        Action.ALLOW,
        Action.ALLOW,
        Action.ALLOW,
        Action.LOG,
        Action.errno(1),
        Action.errno(38),
        Action.trace(7),
        Action.trap(3),
        Action.KILL_PROCESS,
        Action.KILL_THREAD,
        Action.NOTIFY
    };
    private static final Abi[][] ABIS = {
        {Abi.X86_64},
        {Abi.X86_64, Abi.X86},
        {Abi.X86_64, Abi.X86, Abi.X32},
        {Abi.AARCH64, Abi.ARM},
        {Abi.S390X},
        {Abi.X86_64, Abi.X32},
        {Abi.PPC64, Abi.X86}
    };

    private final Random random;

    Policies(long seed) {
        random = new Random(seed);
    }

    Policy policy() {
        List<Abi> abis = List.of(ABIS[random.nextInt(ABIS.length)]);
        List<String> names = SyscallTable.of(abis.get(0)).names();
        List<Rule> rules = new ArrayList<>();
        int count = random.nextInt(40);
        while (rules.size() < count) {
            String name = names.get(random.nextInt(names.size()));
            int alternatives = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
            boolean always = random.nextBoolean();
            Action action = ACTIONS[random.nextInt(ACTIONS.length)];
            for (int i = 0; i < alternatives; i++) {
                rules.add(Rule.of(name, always ? Condition.ALWAYS : condition(), action));
            }
        }
        return Policy.of(ACTIONS[random.nextInt(ACTIONS.length)], abis, rules);
    }

    Condition condition() {
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            comparisons.add(comparison());
        }
        return new Condition(comparisons);
    }

    private Comparison comparison() {
        Operator[] operators = Operator.values();
        Operator operator = operators[random.nextInt(operators.length)];
        Comparison wide = operator == Operator.MASKED_EQ
                ? Comparison.masked(random.nextInt(3), value(), value())
                : Comparison.of(random.nextInt(3), operator, value());
        return random.nextInt(3) == 0 ? wide.narrowed() : wide;
    }

    long value() {
        return switch (random.nextInt(7)) {
            case 0 -> random.nextInt(4);
            case 1 -> random.nextInt(2000);
            case 2 -> 1L << random.nextInt(64);
            case 3 -> -1L >>> random.nextInt(64);
            case 4 -> random.nextInt() & 0xFFFF_FFFFL;
            case 5 -> (1L << 32) + random.nextInt(3) - 1;
            default -> random.nextLong();
        };
    }

    /** Calls whose arguments stand on the borders of the conditions of their rules. */
    List<SeccompData> calls(Policy policy, int count) {
        List<SeccompData> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Abi abi = policy.architectures()
                    .get(random.nextInt(policy.architectures().size()));
            int number = random.nextInt(600) - 20;
            long[] arguments = new long[6];
            for (int j = 0; j < arguments.length; j++) {
                arguments[j] = value();
            }
            if (!policy.rules().isEmpty() && random.nextInt(10) != 0) {
                Rule rule = policy.rules().get(random.nextInt(policy.rules().size()));
                OptionalInt of = rule.number(abi);
                number = of.isPresent() ? of.getAsInt() + (random.nextInt(8) == 0 ? 1 : 0) : number;
                border(rule, arguments);
            }
            int arch = random.nextInt(40) == 0 ? random.nextInt() : abi.auditArch();
            calls.add(new SeccompData(arch, abi.raw(number), value(), arguments));
        }
        return calls;
    }

    private void border(Rule rule, long[] arguments) {
        for (Comparison comparison : rule.condition().comparisons()) {
            long value = comparison.value();
            arguments[comparison.index()] = switch (random.nextInt(7)) {
                case 0 -> value + 1;
                case 1 -> value - 1;
                case 2 -> value | (~comparison.mask() & value());
                case 3 -> value ^ (1L << random.nextInt(64));
                case 4 -> value & 0xFFFF_FFFFL;
                default -> value;
            };
        }
    }
}
