package dev.acktrace.format;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Cube;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Options of systemd that filter by argument, as far as the tests of a policy give the evidence: an option is set
 * only if it refuses nothing that the policy allows, and only if the policy tests the argument that it is about.
 *
 * @param lines the assignments
 * @param exact calls whose rules are said completely by these options
 */
record SystemdOptions(List<String> lines, Set<String> exact) {
    private static final long PROT_WRITE_AND_EXEC = 6;
    private static final long PROT_EXEC = 4;
    private static final long SHM_EXEC = 0x8000;
    private static final long ALL_NAMESPACES = 0x7E02_0000L;
    private static final Map<String, Long> NAMESPACES = new TreeMap<>(Map.of(
            "cgroup", 0x0200_0000L,
            "ipc", 0x0800_0000L,
            "mnt", 0x0002_0000L,
            "net", 0x4000_0000L,
            "pid", 0x2000_0000L,
            "user", 0x1000_0000L,
            "uts", 0x0400_0000L));
    private static final int REALTIME_POLICIES = 7;
    private static final Set<Long> PERSONALITY_KEPT = Set.of(0L, 0xFFFF_FFFFL, -1L);

    static SystemdOptions of(Flat flat, Losses losses) {
        List<String> lines = new ArrayList<>();
        Set<String> exact = new HashSet<>();
        families(flat, lines, exact, losses);
        if (!flat.permissive()) {
            if (memory(flat)) {
                lines.add("MemoryDenyWriteExecute=yes");
            }
            namespaces(flat, lines, exact, losses);
            if (personality(flat)) {
                lines.add("LockPersonality=yes");
                exact.add("personality");
                losses.differs("personality: LockPersonality= answers EPERM to what is not allowed");
            }
            if (realtime(flat)) {
                lines.add("RestrictRealtime=yes");
            }
        }
        return new SystemdOptions(lines, exact);
    }

    private static void families(Flat flat, List<String> lines, Set<String> exact, Losses losses) {
        Optional<Families> families = Families.of(flat);
        if (families.isEmpty()) {
            return;
        }
        String refused = families.get().refused() ? "~" : "";
        lines.add("RestrictAddressFamilies=" + refused
                + String.join(" ", families.get().constants()));
        losses.differs("socket: RestrictAddressFamilies= answers EAFNOSUPPORT to a family that is not allowed");
        if (families.get().exact()) {
            exact.add("socket");
        }
    }

    private static boolean memory(Flat flat) {
        boolean tested = tests(flat, "mmap", 2) || tests(flat, "mprotect", 2);
        return tested
                && !admits(flat, "mmap", 2, PROT_WRITE_AND_EXEC)
                && !admits(flat, "mmap2", 2, PROT_WRITE_AND_EXEC)
                && !admits(flat, "mprotect", 2, PROT_EXEC)
                && !admits(flat, "pkey_mprotect", 2, PROT_EXEC)
                && !admits(flat, "shmat", 2, SHM_EXEC);
    }

    private static void namespaces(Flat flat, List<String> lines, Set<String> exact, Losses losses) {
        boolean tested = tests(flat, "clone", 0) || tests(flat, "unshare", 0);
        boolean any = allowed(flat, "clone3").size() > 0 || admitsAnyNamespace(flat);
        if (!tested || any) {
            return;
        }
        List<String> kept = new ArrayList<>();
        NAMESPACES.forEach((name, flag) -> {
            if (admits(flat, "clone", 0, flag) || admits(flat, "unshare", 0, flag) || admits(flat, "setns", 1, flag)) {
                kept.add(name);
            }
        });
        lines.add("RestrictNamespaces=" + (kept.isEmpty() ? "yes" : String.join(" ", kept)));
        Condition none = Condition.of(Comparison.masked(0, ALL_NAMESPACES, 0));
        Condition narrow = Condition.of(Comparison.masked(0, ALL_NAMESPACES, 0).narrowed());
        List<Rule> clone = allowed(flat, "clone");
        if (kept.isEmpty()
                && clone.size() == 1
                && Set.of(none, narrow).contains(clone.get(0).condition())) {
            exact.add("clone");
            losses.differs("clone: RestrictNamespaces= answers EPERM to what is not allowed");
        }
    }

    /** {@code setns} with a type of 0 enters a namespace of any type. */
    private static boolean admitsAnyNamespace(Flat flat) {
        return allowed(flat, "setns").stream().anyMatch(rule -> possible(rule.condition(), 1, new Cube(-1L, 0)));
    }

    private static boolean personality(Flat flat) {
        List<Rule> rules = flat.calls().getOrDefault("personality", List.of());
        return !rules.isEmpty()
                && rules.stream()
                        .allMatch(rule -> Substitution.executes(rule.action())
                                && rule.condition().comparisons().size() == 1
                                && rule.condition().comparisons().get(0).operator() == Operator.EQ
                                && PERSONALITY_KEPT.contains(
                                        rule.condition().comparisons().get(0).value()));
    }

    /** {@code RestrictRealtime=} leaves {@code SCHED_OTHER}, {@code SCHED_BATCH} and {@code SCHED_IDLE}. */
    private static boolean realtime(Flat flat) {
        if (!tests(flat, "sched_setscheduler", 1)
                || !allowed(flat, "sched_setattr").isEmpty()) {
            return false;
        }
        for (long policy = 0; policy < REALTIME_POLICIES; policy++) {
            boolean kept = policy == 0 || policy == 3 || policy == 5;
            Cube exactly = new Cube(0xFFFF_FFFFL, policy);
            if (!kept
                    && allowed(flat, "sched_setscheduler").stream()
                            .anyMatch(rule -> possible(rule.condition(), 1, exactly))) {
                return false;
            }
        }
        return true;
    }

    private static List<Rule> allowed(Flat flat, String call) {
        return flat.calls().getOrDefault(call, List.of()).stream()
                .filter(rule -> Substitution.executes(rule.action()))
                .toList();
    }

    /** Whether every allowing rule of a call tests an argument, and there is one. */
    private static boolean tests(Flat flat, String call, int index) {
        List<Rule> rules = allowed(flat, call);
        return !rules.isEmpty()
                && rules.stream()
                        .allMatch(rule -> rule.condition().comparisons().stream()
                                .anyMatch(comparison -> comparison.index() == index));
    }

    /** Whether a call is allowed with all these bits set in an argument. */
    private static boolean admits(Flat flat, String call, int index, long bits) {
        Cube set = new Cube(bits, bits);
        return allowed(flat, call).stream().anyMatch(rule -> possible(rule.condition(), index, set));
    }

    private static boolean possible(Condition condition, int index, Cube wanted) {
        List<Cube> cubes = List.of(wanted);
        for (Comparison comparison : condition.comparisons()) {
            if (comparison.index() == index) {
                List<Cube> both = new ArrayList<>();
                for (Cube left : cubes) {
                    for (Cube right : Cube.of(comparison)) {
                        left.intersect(right).ifPresent(both::add);
                    }
                }
                cubes = both.stream().distinct().toList();
            }
        }
        return !cubes.isEmpty();
    }
}
