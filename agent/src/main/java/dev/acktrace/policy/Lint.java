package dev.acktrace.policy;

import dev.acktrace.policy.Finding.Severity;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Looks for weak and mistaken rules. */
public final class Lint {
    private static final String[][] EQUIVALENTS = {
        {"execve", "execveat"},
        {"open", "openat", "openat2"},
        {"fork", "vfork", "clone", "clone3"},
        {"ptrace", "process_vm_writev"},
        {"init_module", "finit_module"},
        {"mount", "move_mount", "fsmount"},
        {"kexec_load", "kexec_file_load"},
        {"chmod", "fchmodat", "fchmodat2"},
        {"accept", "accept4"},
        {"unshare", "setns"},
    };

    private static final long WRITE_EXECUTE = 6;
    private static final int DANGEROUS = 7;

    private final Policy policy;
    private final List<Finding> findings = new ArrayList<>();

    private Lint(Policy policy) {
        this.policy = policy;
    }

    /** What there is to say about a policy, the worst first. */
    public static List<Finding> check(Policy policy) {
        Lint lint = new Lint(policy);
        lint.widths();
        lint.architectures();
        lint.defaults();
        lint.dangerous();
        lint.siblings();
        lint.writeAndExecute();
        lint.covered();
        lint.findings.sort(Comparator.comparing(Finding::severity)
                .thenComparing(Finding::code)
                .thenComparing(Finding::call));
        return List.copyOf(lint.findings);
    }

    /** The same policy with 64-bit comparisons of 32-bit arguments cut to what the kernel looks at. */
    public static Policy narrow(Policy policy) {
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : policy.rules()) {
            List<Comparison> comparisons = new ArrayList<>();
            for (Comparison comparison : rule.condition().comparisons()) {
                comparisons.add(tooWide(policy, rule, comparison) ? comparison.narrowed() : comparison);
            }
            rules.add(new Rule(rule.call(), rule.abis(), new Condition(comparisons), rule.action()));
        }
        return policy.withRules(rules);
    }

    private static boolean tooWide(Policy policy, Rule rule, Comparison comparison) {
        if (comparison.bits() == 32 || comparison.value() >>> 32 != 0) {
            return false;
        }
        if (comparison.operator() == Operator.MASKED_EQ && comparison.mask() >>> 32 == 0) {
            return false;
        }
        return policy.architectures().stream()
                .filter(abi -> rule.number(abi).isPresent())
                .allMatch(abi -> Signatures.bits(abi, rule.call(), comparison.index()) == 32);
    }

    private boolean allows(String call, long... arguments) {
        for (Abi abi : policy.architectures()) {
            OptionalInt number = SyscallTable.of(abi).number(call);
            if (number.isPresent()
                    && executes(policy.decide(SeccompData.of(abi, number.getAsInt(), arguments), Action.KILL_THREAD))) {
                return true;
            }
        }
        return false;
    }

    private static boolean executes(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG;
    }

    private boolean sometimes(String call) {
        if (executes(policy.defaultAction())) {
            return allows(call);
        }
        return policy.rules().stream().anyMatch(rule -> rule.call().equals(call) && executes(rule.action()));
    }

    private void add(Severity severity, String code, String call, String reason, String remedy) {
        findings.add(new Finding(severity, code, call, reason, remedy));
    }

    private void widths() {
        Set<String> told = new HashSet<>();
        for (Rule rule : policy.rules()) {
            for (Comparison comparison : rule.condition().comparisons()) {
                if (!tooWide(policy, rule, comparison) || !told.add(rule.call() + comparison.index())) {
                    continue;
                }
                boolean exact = comparison.operator() == Operator.EQ || comparison.operator() == Operator.MASKED_EQ;
                boolean safe = exact == executes(rule.action());
                add(
                        safe ? Severity.LOW : Severity.HIGH,
                        "wide-compare",
                        rule.call(),
                        "argument " + comparison.index() + " is compared with 64 bits, and the kernel uses 32 of it; "
                                + (safe
                                        ? "a caller with anything in the upper half is refused"
                                        : "a caller gets around the rule with anything in the upper half"),
                        "Compare its low 32 bits: lint --fix writes it so.");
            }
        }
    }

    private void architectures() {
        Set<Abi> covered = EnumSet.copyOf(policy.architectures());
        if (covered.contains(Abi.X86_64) && !covered.contains(Abi.X86)) {
            add(
                    Severity.LOW,
                    "architecture",
                    "",
                    "32-bit calls (int 0x80, i386 programs) are not covered, so they are killed",
                    "List SCMP_ARCH_X86 if 32-bit programs shall run.");
        }
        if (covered.contains(Abi.X32)) {
            add(
                    Severity.MEDIUM,
                    "x32",
                    "",
                    "x32 is covered: every rule is open through a second set of numbers that nearly nothing uses",
                    "Take SCMP_ARCH_X32 out.");
        }
    }

    private void defaults() {
        if (executes(policy.defaultAction())) {
            add(
                    Severity.HIGH,
                    "default-allow",
                    "",
                    "calls that no rule names are executed, and so is every call that a later kernel brings",
                    "Use SCMP_ACT_ERRNO as the default action and list what is allowed.");
        }
    }

    private void dangerous() {
        for (String row : Facts.rows("syscalls/risks.csv")) {
            List<String> fields = Facts.csv(row);
            int severity = Integer.parseInt(fields.get(1));
            if (severity >= DANGEROUS && sometimes(fields.get(0))) {
                add(
                        severity > DANGEROUS ? Severity.HIGH : Severity.MEDIUM,
                        "dangerous-call",
                        fields.get(0),
                        fields.get(2),
                        "Take it out if the program works without it.");
            }
        }
    }

    private void siblings() {
        for (String[] family : EQUIVALENTS) {
            List<String> open = new ArrayList<>();
            List<String> closed = new ArrayList<>();
            for (String call : family) {
                boolean exists = policy.architectures().stream()
                        .anyMatch(abi -> SyscallTable.of(abi).number(call).isPresent());
                if (exists) {
                    (sometimes(call) ? open : closed).add(call);
                }
            }
            if (!open.isEmpty() && !closed.isEmpty()) {
                add(
                        Severity.LOW,
                        "sibling",
                        open.get(0),
                        String.join(", ", closed) + (closed.size() == 1 ? " is" : " are") + " refused while "
                                + String.join(", ", open) + " can do the same",
                        "Refuse all of them if the refusal is for safety; allow all if it is not on purpose.");
            }
        }
    }

    private void writeAndExecute() {
        for (String call : new String[] {"mmap", "mmap2", "mprotect", "pkey_mprotect"}) {
            if (allows(call, 0, 4096, 1 | WRITE_EXECUTE, 0x22, -1L, 0)) {
                add(
                        Severity.MEDIUM,
                        "write-execute",
                        call,
                        "memory that can be written and executed at once is allowed",
                        "Restrict it: " + call + ": !(prot & PROT_WRITE && prot & PROT_EXEC).");
            }
        }
    }

    /** Rules whose condition is only met where another rule with the same action holds already. */
    private void covered() {
        for (Rule rule : policy.rules()) {
            for (Rule other : policy.rules()) {
                boolean same = !rule.equals(other)
                        && rule.call().equals(other.call())
                        && rule.abis().equals(other.abis())
                        && rule.action().equals(other.action());
                if (same
                        && rule.condition()
                                .comparisons()
                                .containsAll(other.condition().comparisons())) {
                    add(
                            Severity.LOW,
                            "unreachable",
                            rule.call(),
                            "the rule for " + rule.condition() + " is part of the one for " + other.condition(),
                            "Take the narrower rule out, or the wider one if it is a mistake.");
                    break;
                }
            }
        }
    }
}
