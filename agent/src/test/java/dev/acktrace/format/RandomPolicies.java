package dev.acktrace.format;

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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Seeded policies, and calls at their edges. */
final class RandomPolicies {
    private static final List<String> CALLS = List.of(
            "read",
            "write",
            "openat",
            "socket",
            "clone",
            "clone3",
            "mmap",
            "mprotect",
            "ioctl",
            "fcntl",
            "prctl",
            "personality",
            "fstat",
            "stat",
            "uname",
            "sendfile",
            "umount2",
            "mseal",
            "futex",
            "unshare",
            "setns",
            "kill",
            "exit_group",
            "sched_setscheduler",
            "execve",
            "ptrace",
            "getcpu",
            "epoll_pwait2");
    private static final long[] VALUES = {
        0,
        1,
        2,
        3,
        5,
        0x7f,
        0x5401,
        0x80045430L,
        0x7fffffffL,
        0x80000000L,
        0xfffffffeL,
        0xffffffffL,
        0x100000000L,
        0x100000001L,
        0x7fffffffffffffffL,
        0x8000000000000000L,
        0xffffffff80000000L,
        0xfffffffffffffffeL,
        -1L
    };

    private final Random random;

    RandomPolicies(long seed) {
        random = new Random(seed);
    }

    Policy next(List<Operator> operators, boolean severalAbis) {
        boolean permissive = random.nextInt(5) == 0;
        Action otherwise = permissive
                ? (random.nextInt(4) == 0 ? Action.LOG : Action.ALLOW)
                : pick(List.of(
                        Action.errno(1), Action.errno(38), Action.KILL_PROCESS, Action.KILL_THREAD, Action.trap(0)));
        List<Abi> abis =
                severalAbis && random.nextBoolean() ? List.of(Abi.X86_64, Abi.X86, Abi.X32) : List.of(Abi.X86_64);
        List<Rule> rules = new ArrayList<>();
        int count = 1 + random.nextInt(14);
        for (int i = 0; i < count; i++) {
            rules.add(rule(permissive, operators, abis));
        }
        return Policy.of(otherwise, abis, rules);
    }

    private Rule rule(boolean permissive, List<Operator> operators, List<Abi> abis) {
        List<Action> refusing = List.of(Action.errno(1), Action.errno(22), Action.KILL_PROCESS, Action.errno(38));
        boolean usual = random.nextInt(6) != 0;
        Action action = usual == permissive ? pick(refusing) : random.nextInt(12) == 0 ? Action.LOG : Action.ALLOW;
        List<Comparison> comparisons = new ArrayList<>();
        if (!operators.isEmpty()) {
            Set<Integer> indexes = new TreeSet<>();
            int tests = random.nextInt(3);
            while (indexes.size() < tests) {
                indexes.add(random.nextInt(6));
            }
            for (int index : indexes) {
                comparisons.add(comparison(index, pick(operators)));
            }
        }
        boolean one = abis.size() > 1 && random.nextInt(8) == 0;
        return new Rule(pick(CALLS), one ? List.of(pick(abis)) : List.of(), new Condition(comparisons), action);
    }

    private Comparison comparison(int index, Operator operator) {
        int bits = random.nextBoolean() ? 32 : 64;
        long value = VALUES[random.nextInt(VALUES.length)];
        long mask = random.nextBoolean() ? VALUES[random.nextInt(VALUES.length)] : random.nextInt(256);
        return new Comparison(index, operator, bits, mask, value);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Calls at the edges of a policy, on one ABI. */
    List<SeccompData> edges(Policy policy, Abi abi, int perCall) {
        Set<Long> values = new LinkedHashSet<>();
        for (long value : VALUES) {
            values.add(value);
        }
        for (Rule rule : policy.rules()) {
            for (Comparison c : rule.condition().comparisons()) {
                for (long value : new long[] {
                    c.value(),
                    c.value() - 1,
                    c.value() + 1,
                    c.value() ^ c.mask(),
                    c.mask(),
                    c.value() | 0xFFFF_FFFF_0000_0000L,
                    c.value() | 1L << 40,
                    ~c.mask()
                }) {
                    values.add(value);
                }
            }
        }
        List<Long> all = List.copyOf(values);
        List<SeccompData> calls = new ArrayList<>();
        for (String call : CALLS) {
            OptionalInt number = SyscallTable.of(abi).number(call);
            for (int i = 0; number.isPresent() && i < perCall; i++) {
                long[] arguments = new long[6];
                for (int a = 0; a < 6; a++) {
                    arguments[a] = pick(all) & (abi.narrow() ? 0xFFFF_FFFFL : -1L);
                }
                calls.add(SeccompData.of(abi, number.getAsInt(), arguments));
            }
        }
        return calls;
    }
}
