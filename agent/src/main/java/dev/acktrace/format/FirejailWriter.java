package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes the lines of a firejail profile (firejail-profile(5), 0.9.72) that set the filter. */
final class FirejailWriter {
    private static final Map<String, String> NAMES = new HashMap<>();

    static {
        for (String row : Facts.rows("formats/firejail.csv")) {
            List<String> fields = Facts.split(row, ',');
            NAMES.put(fields.get(1), fields.get(2));
        }
    }

    private final Flat flat;
    private final Losses losses;

    private FirejailWriter(Flat flat, Losses losses) {
        this.flat = flat;
        this.losses = losses;
    }

    static Document write(Policy policy, Abi abi) {
        Capabilities able = Capabilities.of("firejail");
        Losses losses = new Losses();
        Flat.envelope(policy, abi, able, losses);
        String text = new FirejailWriter(Flat.of(policy, abi, able, losses), losses).text();
        return Document.of(text, losses);
    }

    private String text() {
        Optional<Families> families = Families.of(flat);
        boolean protocols = families.isPresent()
                && !flat.permissive()
                && families.get().firejail().isPresent();
        boolean exact = protocols && families.orElseThrow().exact();
        Map<String, Action> decisions = flat.withoutArguments(exact ? Set.of("socket") : Set.of(), losses);
        StringBuilder text = new StringBuilder(
                "# Lines for a profile of firejail, architecture " + flat.abi().label() + ".\n");
        if (flat.permissive()) {
            drop(text, decisions);
        } else {
            keep(text, decisions);
        }
        text.append("seccomp.block-secondary\n");
        if (protocols) {
            text.append("protocol ")
                    .append(String.join(",", families.orElseThrow().firejail().orElseThrow()))
                    .append('\n');
            losses.differs("socket: firejail itself chooses the answer to a family that is not allowed");
        }
        return text.toString();
    }

    private void keep(StringBuilder text, Map<String, Action> decisions) {
        List<String> kept = new ArrayList<>();
        decisions.forEach((call, action) -> {
            if (action.kind() == Action.Kind.ALLOW) {
                kept.add(name(call));
            } else if (action.kind() == Action.Kind.LOG) {
                kept.add(name(call));
                losses.differs(call + ": an allowed call cannot be logged");
            } else if (!action.equals(flat.otherwise())) {
                losses.differs(
                        call + ": one answer for all refusals; " + flat.otherwise() + " is written for " + action);
            }
        });
        text.append("seccomp.keep ").append(String.join(",", kept)).append('\n');
        text.append("seccomp-error-action ").append(answer(flat.otherwise())).append('\n');
    }

    private void drop(StringBuilder text, Map<String, Action> decisions) {
        if (flat.otherwise().kind() == Action.Kind.LOG) {
            losses.differs("calls without a rule: an allowed call cannot be logged");
        }
        List<String> dropped = new ArrayList<>();
        decisions.forEach((call, action) -> {
            if (action.kind() != Action.Kind.ALLOW) {
                dropped.add(name(call) + ":" + answer(action));
            }
        });
        if (!dropped.isEmpty()) {
            text.append("seccomp.drop ").append(String.join(",", dropped)).append('\n');
        }
    }

    private String name(String call) {
        SyscallTable table = SyscallTable.of(flat.abi());
        boolean known = flat.abi() == Abi.X86_64 && table.number(call).isPresent();
        String name = known ? NAMES.getOrDefault(call, call) : "";
        return name.isEmpty() ? "$" + table.parse(call).orElseThrow() : name;
    }

    private String answer(Action action) {
        return switch (action.kind()) {
            case ERRNO ->
                Errno.name(action.data()).orElseGet(() -> {
                    losses.differs(
                            "errno " + action.data() + " has no name, and firejail takes names; EPERM is written");
                    return "EPERM";
                });
            case LOG -> "log";
            default -> "kill";
        };
    }
}
