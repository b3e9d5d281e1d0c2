package dev.acktrace.lint;

import dev.acktrace.bpf.CallQuery;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.TooComplex;
import dev.acktrace.format.Imported;
import dev.acktrace.format.Warning;
import dev.acktrace.lint.Finding.Severity;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Looks for weak and mistaken rules. What a rule means is asked of the compiled plan, for all arguments. */
public final class Lint {
    private static final long WRITE_EXECUTE = 6; // PROT_WRITE | PROT_EXEC, asm-generic/mman-common.h
    private static final int DANGEROUS = 7;
    private static final int VERY_DANGEROUS = 8;

    private final Imported imported;
    private final Policy policy;
    private final Plan plan;
    private final List<Finding> findings = new ArrayList<>();

    private Lint(Imported imported) {
        this.imported = imported;
        this.policy = imported.policy();
        this.plan = Plan.of(policy, Action.KILL_THREAD);
    }

    /** What there is to say about a policy that was read leniently, the worst first. */
    public static List<Finding> check(Imported imported) {
        Lint lint = new Lint(imported);
        lint.read();
        lint.widths();
        lint.architectures();
        lint.defaults();
        lint.dangerous();
        lint.siblings();
        lint.writeAndExecute();
        lint.unreachable();
        lint.findings.sort(Comparator.comparing(Finding::severity)
                .thenComparing(Finding::code)
                .thenComparing(Finding::call)
                .thenComparingInt(Finding::line));
        return List.copyOf(lint.findings);
    }

    private boolean allows(String call, Condition when) {
        for (Abi abi : policy.architectures()) {
            OptionalInt number = SyscallTable.of(abi).number(call);
            if (number.isPresent() && executes(abi, number.getAsInt(), when)) {
                return true;
            }
        }
        return false;
    }

    /** A call with more conditions than can be looked through counts as allowed. */
    private boolean executes(Abi abi, int number, Condition when) {
        try {
            return CallQuery.executes(plan, abi, number, when);
        } catch (TooComplex e) {
            return true;
        }
    }

    private int line(String call) {
        int line = 0;
        for (Rule rule : policy.rules()) {
            int at = imported.source().lines().getOrDefault(rule, 0);
            if (rule.call().equals(call) && at != 0 && (line == 0 || at < line)) {
                line = at;
            }
        }
        return line;
    }

    private int line(Rule rule) {
        return imported.source().lines().getOrDefault(rule, 0);
    }

    private void add(Severity severity, String code, String call, String reason, String remedy) {
        add(severity, code, call, line(call), reason, remedy);
    }

    private void add(Severity severity, String code, String call, int line, String reason, String remedy) {
        findings.add(new Finding(severity, code, call, line, reason, remedy));
    }

    /** What was noticed when the policy was read. */
    private void read() {
        for (Warning warning : imported.warnings()) {
            switch (warning.kind()) {
                case UNKNOWN_NAME -> told(Severity.MEDIUM, "unknown-name", warning, "Correct the name or remove it.");
                case REPEATED_INDEX ->
                    told(
                            Severity.HIGH,
                            "repeated-index",
                            warning,
                            "Write an entry of its own for each alternative; a range needs another operator.");
                case SAYS_DEFAULT -> told(Severity.LOW, "says-default", warning, "Take the entry out.");
                case SHADOWED ->
                    told(
                            Severity.MEDIUM,
                            "unreachable",
                            warning,
                            "Put a test on the other entry, or take this one out.");
                case VOID -> told(Severity.LOW, "unreachable", warning, "Take it out.");
                case NO_ARCHITECTURE ->
                    add(
                            Severity.HIGH,
                            "architecture-hole",
                            "",
                            "the filter does not look at seccomp_data.arch: a number means another call on another ABI",
                            "Compare arch first, and kill what is not expected.");
                case OTHER -> told(Severity.MEDIUM, "reading", warning, "See what was read: 'acktrace show'.");
            }
        }
    }

    private void told(Severity severity, String code, Warning warning, String remedy) {
        add(severity, code, "", warning.line(), warning.message(), remedy);
    }

    private void widths() {
        Set<String> told = new HashSet<>();
        for (Rule rule : policy.rules()) {
            for (Comparison comparison : rule.condition().comparisons()) {
                int index = comparison.index();
                if (Narrowing.beyond(policy, rule, comparison) && told.add("beyond " + rule.call() + index)) {
                    beyond(rule, index);
                } else if (Narrowing.tooWide(policy, rule, comparison) && told.add(rule.call() + index)) {
                    wide(rule, comparison);
                }
            }
        }
    }

    private void wide(Rule rule, Comparison comparison) {
        boolean passes = switch (comparison.operator()) {
            case NE, GE, GT -> true;
            case LT, LE, EQ, MASKED_EQ -> false;
        };
        boolean open = passes == Lint.executed(rule.action());
        add(
                open ? Severity.HIGH : Severity.LOW,
                "wide-compare",
                rule.call(),
                line(rule),
                "argument " + comparison.index() + " is compared with 64 bits, and the kernel uses 32 of it; "
                        + (open
                                ? "a caller gets around the rule with anything in the upper half"
                                : "a caller with anything in the upper half is refused"),
                "Compare its low 32 bits: lint --fix writes it so.");
    }

    private void beyond(Rule rule, int index) {
        add(
                Severity.MEDIUM,
                "wide-value",
                rule.call(),
                line(rule),
                "argument " + index + " is compared with a value of more than 32 bits, and the kernel uses 32 of it",
                "Write the value as the kernel sees it: -1 is 4294967295.");
    }

    static boolean executed(Action action) {
        return action.kind() == Action.Kind.ALLOW || action.kind() == Action.Kind.LOG;
    }

    private void architectures() {
        List<Abi> covered = policy.architectures();
        if (covered.contains(Abi.X86_64) && !covered.contains(Abi.X86)) {
            add(
                    Severity.INFO,
                    "architecture",
                    "",
                    "32-bit calls (int 0x80, i386 programs) are not covered, so they are killed",
                    "List SCMP_ARCH_X86 if 32-bit programs shall run.");
        }
        if (covered.contains(Abi.X32)) {
            boolean open = Lint.executed(policy.defaultAction());
            add(
                    open ? Severity.HIGH : Severity.MEDIUM,
                    "x32",
                    "",
                    "x32 is covered: every rule is open through a second set of numbers that nearly nothing uses"
                            + (open ? ", and numbers that the table of x32 does not know are allowed" : ""),
                    "Take SCMP_ARCH_X32 out; in a filter, refuse numbers with bit 30.");
        }
    }

    private void defaults() {
        if (executed(policy.defaultAction())) {
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
            String call = fields.get(0);
            int severity = Integer.parseInt(fields.get(1));
            String code = code(call);
            boolean worth = severity >= DANGEROUS || !code.equals("dangerous-call");
            if (worth && allows(call, Condition.ALWAYS)) {
                add(
                        severity >= VERY_DANGEROUS ? Severity.HIGH : Severity.MEDIUM,
                        code,
                        call,
                        fields.get(2),
                        "Take it out if the program works without it.");
            }
        }
    }

    private static String code(String call) {
        if (call.startsWith("io_uring_")) {
            return "io-uring";
        }
        return call.equals("ptrace") || call.startsWith("process_vm_") ? "ptrace" : "dangerous-call";
    }

    private void siblings() {
        for (String row : Facts.rows("syscalls/equivalents.csv")) {
            List<String> open = new ArrayList<>();
            List<String> closed = new ArrayList<>();
            for (String call : Facts.split(Facts.csv(row).get(1), ' ')) {
                boolean exists = policy.architectures().stream()
                        .anyMatch(abi -> SyscallTable.of(abi).number(call).isPresent());
                if (exists) {
                    (allows(call, Condition.ALWAYS) ? open : closed).add(call);
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
        Condition both = Condition.of(new Comparison(2, Operator.MASKED_EQ, 32, WRITE_EXECUTE, WRITE_EXECUTE));
        for (String call : new String[] {"mmap", "mmap2", "mprotect", "pkey_mprotect"}) {
            if (allows(call, both)) {
                add(
                        Severity.MEDIUM,
                        "write-execute",
                        call,
                        "memory that can be written and executed at once is allowed",
                        "Restrict it: " + call + ": !(prot & PROT_WRITE && prot & PROT_EXEC).");
            }
        }
    }

    private void unreachable() {
        for (Rule rule : VoidRules.of(policy)) {
            boolean shadowed = policy.rules().stream()
                    .noneMatch(other -> !other.equals(rule)
                            && other.call().equals(rule.call())
                            && other.action().equals(rule.action()));
            add(
                    shadowed ? Severity.MEDIUM : Severity.LOW,
                    "unreachable",
                    rule.call(),
                    line(rule),
                    "the rule " + rule + " changes nothing: others decide every call that it fits",
                    "Take it out, or the wider one if that is a mistake; lint --fix takes this one out.");
        }
    }
}
