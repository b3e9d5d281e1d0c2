package dev.acktrace.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the facts of a machine mean for acktrace, and what to do about each that is missing. */
public final class Diagnosis {
    /** How good a finding is. */
    public enum Level {
        /** As it should be. */
        GOOD,
        /** Something is restricted; the rest works. */
        LIMITED,
        /** acktrace cannot work here. */
        BAD
    }

    /**
     * One finding.
     *
     * @param level how good it is
     * @param subject what it is about
     * @param text what was found
     * @param remedy what to do about it; empty where nothing needs to be done
     */
    public record Finding(Level level, String subject, String text, String remedy) {}

    private final Map<String, String> facts;
    private final List<Finding> findings = new ArrayList<>();

    private Diagnosis(Map<String, String> facts) {
        this.facts = facts;
    }

    /**
     * Judges facts.
     *
     * @param facts names and values as {@code acktrace-helper probe} prints them; missing ones count as unknown
     * @param container name of the container engine that this runs in; empty if none is seen
     */
    public static List<Finding> of(Map<String, String> facts, String container) {
        Diagnosis diagnosis = new Diagnosis(facts);
        diagnosis.kernel();
        diagnosis.container(container);
        diagnosis.seccomp();
        diagnosis.tracing();
        diagnosis.architectures();
        diagnosis.backends();
        return List.copyOf(diagnosis.findings);
    }

    /** The worst level among findings. */
    public static Level worst(List<Finding> findings) {
        Level worst = Level.GOOD;
        for (Finding finding : findings) {
            worst = finding.level().compareTo(worst) > 0 ? finding.level() : worst;
        }
        return worst;
    }

    private boolean yes(String name) {
        return "yes".equals(facts.get(name));
    }

    private String value(String name) {
        return facts.getOrDefault(name, "unknown");
    }

    private void add(Level level, String subject, String text, String remedy) {
        findings.add(new Finding(level, subject, text, level == Level.GOOD ? "" : remedy));
    }

    private void kernel() {
        add(
                Level.GOOD,
                "kernel",
                "Linux " + value("kernel.release") + ", " + value("kernel.machine") + ", " + value("cpus") + " CPUs",
                "");
        if (!"x86_64".equals(value("kernel.machine"))) {
            add(Level.BAD, "machine", value("kernel.machine"), "Learning needs an x86-64 kernel in this version.");
        }
    }

    private void container(String container) {
        if (!container.isEmpty()) {
            add(
                    Level.LIMITED,
                    "container",
                    container,
                    "The container's own seccomp profile and capabilities hold here too; learn outside if a call is missing.");
        }
        if (!"0".equals(value("self.seccomp_mode"))) {
            add(
                    Level.LIMITED,
                    "own filters",
                    "this process runs under " + value("self.seccomp_filters") + " seccomp filters (mode "
                            + value("self.seccomp_mode") + ")",
                    "What they refuse cannot be learned: start acktrace outside, or with '--security-opt seccomp=unconfined'.");
        }
        if ("1".equals(value("self.no_new_privs"))) {
            add(
                    Level.LIMITED,
                    "no_new_privs",
                    "is set already",
                    "Set-user-id programs run without their privilege anyway while they are learned.");
        }
    }

    private void seccomp() {
        add(
                yes("seccomp.filter") ? Level.GOOD : Level.BAD,
                "seccomp filters",
                yes("seccomp.filter") ? "can be installed" : "cannot be installed",
                "The kernel needs CONFIG_SECCOMP_FILTER, and a container must allow seccomp(2) and prctl(2).");
        List<String> missing = new ArrayList<>();
        for (String action :
                List.of("kill_process", "kill_thread", "trap", "errno", "user_notif", "trace", "log", "allow")) {
            if (!yes("seccomp.action." + action)) {
                missing.add(action);
            }
        }
        add(
                missing.isEmpty() ? Level.GOOD : missing.contains("trace") ? Level.BAD : Level.LIMITED,
                "seccomp actions",
                missing.isEmpty() ? "all" : "missing: " + String.join(", ", missing),
                "A newer kernel has them: log since 4.14, kill_process since 4.14, user_notif since 5.0.");
    }

    private void tracing() {
        add(
                yes("ptrace.trace") ? Level.GOOD : Level.BAD,
                "ptrace",
                yes("ptrace.trace") ? "a child can be traced" : "a child cannot be traced",
                "A container must allow ptrace(2) ('--cap-add SYS_PTRACE' or a seccomp profile with it).");
        if (!yes("ptrace.read_memory")) {
            add(
                    Level.LIMITED,
                    "target's memory",
                    "cannot be read",
                    "Paths and addresses are missing in recordings; allow process_vm_readv(2).");
        }
        yama(value("yama.ptrace_scope"));
    }

    private void yama(String scope) {
        switch (scope) {
            case "1" ->
                add(
                        yes("self.cap_sys_ptrace") ? Level.GOOD : Level.LIMITED,
                        "Yama",
                        "ptrace_scope 1: only descendants can be traced",
                        "For -p PID: as root 'sysctl kernel.yama.ptrace_scope=0', or run with CAP_SYS_PTRACE.");
            case "2" ->
                add(
                        yes("self.cap_sys_ptrace") ? Level.GOOD : Level.BAD,
                        "Yama",
                        "ptrace_scope 2: only with CAP_SYS_PTRACE",
                        "As root 'sysctl kernel.yama.ptrace_scope=1', or run with CAP_SYS_PTRACE.");
            case "3" ->
                add(
                        Level.BAD,
                        "Yama",
                        "ptrace_scope 3: nobody may trace until the machine is restarted",
                        "Restart without 'kernel.yama.ptrace_scope=3'.");
            default -> add(Level.GOOD, "Yama", scope.equals("0") ? "ptrace_scope 0" : "not active", "");
        }
    }

    private void architectures() {
        add(
                Level.GOOD,
                "32-bit programs",
                yes("abi.ia32") ? "can be executed, and are learned" : "cannot be executed here",
                "");
        add(Level.GOOD, "x32", yes("abi.x32") ? "exists, and is reported" : "is not in this kernel", "");
    }

    private void backends() {
        boolean trace = yes("ptrace.trace") && yes("seccomp.action.trace") && yes("seccomp.filter");
        add(
                trace ? Level.GOOD : Level.BAD,
                "backend trace",
                trace ? "works" : "does not work",
                "It needs seccomp filters, RET_TRACE and ptrace: see above.");
        boolean ack = yes("ack.stub");
        add(
                ack ? Level.GOOD : Level.LIMITED,
                "backend ack",
                ack
                        ? "works, for 64-bit programs that are launched and trusted"
                        : "does not work: its self-test failed",
                "It needs an x86-64 kernel with seccomp filters and RET_TRAP. Use --backend trace.");
        auto(trace, ack);
        later("notify", yes("seccomp.action.user_notif") && yes("seccomp.flag.new_listener"), "user notification");
        later("bpf", yes("self.cap_bpf") && yes("self.cap_perfmon"), "CAP_BPF and CAP_PERFMON");
    }

    private void auto(boolean trace, boolean ack) {
        add(
                ack || trace ? Level.GOOD : Level.BAD,
                "backend auto",
                ack ? "is ack, and trace to attach and for programs that ack cannot load" : "is trace",
                "None works: see above.");
    }

    private void later(String backend, boolean possible, String need) {
        add(
                Level.LIMITED,
                "backend " + backend,
                "not in this version (" + need + (possible ? ": is there)" : ": is missing)"),
                "Use --backend trace.");
    }
}
