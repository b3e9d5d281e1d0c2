package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes a drop-in for a unit of systemd (systemd.exec(5), 252). It filters by name only; what arguments say is
 * handed to the options that look at arguments, as far as these say the same or less.
 */
final class SystemdWriter {
    /** Characters of a line, about. */
    private static final int LINE = 110;

    /** Calls that every allow list contains. */
    private static final List<String> IMPLICIT = Facts.rows("formats/systemd.csv");

    private final Policy policy;
    private final List<Flat> flats = new ArrayList<>();
    private final Losses losses = new Losses();

    private SystemdWriter(Policy policy) {
        this.policy = policy;
    }

    static Document write(Policy policy, Abi first) {
        SystemdWriter writer = new SystemdWriter(policy);
        String text = writer.text(first);
        return Document.of(text, writer.losses);
    }

    private String text(Abi wanted) {
        Capabilities able = Capabilities.of("systemd");
        Abi first = policy.architectures().contains(wanted)
                ? wanted
                : policy.architectures().get(0);
        Flat.envelope(policy, first, able, losses);
        for (Abi abi : policy.architectures()) {
            flats.add(Flat.of(policy, abi, able, losses));
        }
        Flat main = flats.get(policy.architectures().indexOf(first));
        SystemdOptions options = SystemdOptions.of(main, losses);
        Map<String, Action> decisions = decisions(options.exact());
        boolean permissive = main.permissive();
        List<String> lines = new ArrayList<>();
        lines.add("# Drop-in for a unit of systemd: save it as UNIT.d/seccomp.conf beside the unit,");
        lines.add("# then 'systemctl daemon-reload' and restart the unit.");
        lines.add("[Service]");
        lines.add("SystemCallArchitectures="
                + policy.architectures().stream()
                        .map(SystemdWriter::architecture)
                        .collect(Collectors.joining(" ")));
        lines.addAll(permissive ? denied(decisions) : allowed(decisions, main.otherwise()));
        lines.addAll(options.lines());
        return String.join("\n", lines) + "\n";
    }

    /** One decision a call for all ABIs, for the filter has only one. */
    private Map<String, Action> decisions(Set<String> exact) {
        Map<String, Action> merged = new TreeMap<>();
        for (Flat flat : flats) {
            Map<String, Action> own = flat.withoutArguments(exact, losses);
            own.forEach((call, action) -> {
                Action other = merged.get(call);
                if (other == null) {
                    merged.put(call, action);
                } else if (!other.equals(action)) {
                    different(call, other, action);
                    merged.put(call, other.compareTo(action) > 0 ? other : action);
                }
            });
        }
        for (Flat flat : flats) {
            merged.forEach((call, action) -> {
                boolean has = SyscallTable.of(flat.abi()).number(call).isPresent();
                if (has && !flat.calls().containsKey(call) && !action.equals(flat.otherwise())) {
                    different(call, action, flat.otherwise());
                }
            });
        }
        return merged;
    }

    private void different(String call, Action one, Action other) {
        String message = call + ": no rules for one architecture, and they differ";
        if (Substitution.executes(one) != Substitution.executes(other)) {
            losses.widens(message + "; it is allowed for all");
        } else {
            losses.differs(message);
        }
    }

    private List<String> allowed(Map<String, Action> decisions, Action otherwise) {
        List<String> names = new ArrayList<>();
        Set<String> listed = new HashSet<>();
        decisions.forEach((call, action) -> {
            if (Substitution.executes(action)) {
                listed.add(call);
                if (!IMPLICIT.contains(call)) {
                    names.add(call);
                }
            } else if (!action.equals(otherwise)) {
                losses.differs(call + ": an allow list has one answer for the rest; " + otherwise + " is written for "
                        + action);
            }
        });
        implicit(listed);
        List<String> lines = new ArrayList<>();
        lines.add("# The calls of @default are allowed without being listed.");
        lines.add("SystemCallFilter=");
        lines.addAll(wrapped("SystemCallFilter=", names));
        if (names.isEmpty()) {
            lines.add("SystemCallFilter=@default");
        }
        lines.add("SystemCallErrorNumber=" + answer(otherwise));
        return lines;
    }

    private void implicit(Set<String> listed) {
        List<String> more = IMPLICIT.stream()
                .filter(call -> !listed.contains(call))
                .filter(call -> policy.architectures().stream()
                        .anyMatch(abi -> SyscallTable.of(abi).number(call).isPresent()))
                .toList();
        if (!more.isEmpty()) {
            losses.widens("systemd allows @default in every allow list; so " + more.size() + " more calls are allowed: "
                    + String.join(" ", more));
        }
    }

    private static List<String> denied(Map<String, Action> decisions) {
        List<String> names = new ArrayList<>();
        decisions.forEach((call, action) -> {
            if (!Substitution.executes(action)) {
                names.add(call + ":" + answer(action));
            }
        });
        List<String> lines = new ArrayList<>();
        lines.add("SystemCallFilter=");
        lines.addAll(wrapped("SystemCallFilter=~", names));
        return lines;
    }

    private static List<String> wrapped(String option, List<String> words) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            if (line.length() > 0 && line.length() + word.length() > LINE) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? option : " ").append(word);
        }
        if (line.length() > 0) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static String answer(Action action) {
        return action.kind() == Action.Kind.ERRNO
                ? Errno.name(action.data()).orElse(String.valueOf(action.data()))
                : "kill";
    }

    private static String architecture(Abi abi) {
        return switch (abi) {
            case X86_64 -> "x86-64";
            case AARCH64 -> "arm64";
            case PPC64LE -> "ppc64-le";
            case MIPSEL64 -> "mips64-le";
            case X86, X32, ARM, RISCV64, PPC64, S390X, LOONGARCH64, MIPS64 -> abi.label();
        };
    }
}
