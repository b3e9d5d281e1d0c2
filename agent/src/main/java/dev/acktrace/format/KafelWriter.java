package dev.acktrace.format;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes a policy in the language of kafel. Calls have its names, which are those inside the kernel; arguments are
 * declared by the file itself, so that each test looks at 64 bits unless it says otherwise.
 */
final class KafelWriter {
    /** Every ABI that kafel has a table for and that has a table here. */
    private static final List<Abi> ABIS = List.of(Abi.X86_64, Abi.X86, Abi.AARCH64, Abi.ARM, Abi.RISCV64);

    private static final Map<String, String> NAMES = new HashMap<>();

    static {
        for (String row : Facts.rows("formats/kafel.csv")) {
            List<String> fields = Facts.split(row, ',');
            NAMES.put(fields.get(0) + " " + fields.get(1), fields.get(2));
        }
    }

    private final Flat flat;

    private KafelWriter(Flat flat) {
        this.flat = flat;
    }

    static Document write(Policy policy, Abi abi) throws FormatException {
        if (!ABIS.contains(abi)) {
            throw new FormatException(
                    "kafel",
                    0,
                    0,
                    "kafel has no table of the calls of " + abi.label(),
                    "Choose one of " + ABIS.stream().map(Abi::label).collect(Collectors.joining(", "))
                            + ", or another format.");
        }
        Capabilities able = Capabilities.of("kafel");
        Losses losses = new Losses();
        Flat.envelope(policy, abi, able, losses);
        Flat flat = Flat.of(policy, abi, able, losses);
        if (abi == Abi.X86_64 && flat.permissive()) {
            losses.widens("x32: kafel does not tell its calls apart from unknown ones, so the default allows them");
        }
        return Document.of(new KafelWriter(flat).text(), losses);
    }

    private String text() {
        // The first rule that fits decides, so the most restrictive actions stand first.
        Map<Action, List<String>> blocks = new TreeMap<>();
        flat.calls().forEach((call, rules) -> {
            Map<Action, List<Condition>> byAction = new TreeMap<>();
            for (Rule rule : rules) {
                byAction.computeIfAbsent(rule.action(), a -> new ArrayList<>()).add(rule.condition());
            }
            byAction.forEach((action, conditions) ->
                    blocks.computeIfAbsent(action, a -> new ArrayList<>()).add(rule(call, conditions)));
        });
        StringBuilder text = new StringBuilder("// Policy for kafel (nsjail --seccomp_policy), architecture "
                + flat.abi().label() + ".\nPOLICY acktrace {\n");
        List<String> written = new ArrayList<>();
        blocks.forEach((action, rules) ->
                written.add("  " + action(action) + " {\n    " + String.join(",\n    ", rules) + "\n  }"));
        text.append(String.join(",\n", written)).append(written.isEmpty() ? "" : "\n");
        return text.append("}\n\nUSE acktrace DEFAULT ")
                .append(action(flat.otherwise()))
                .append('\n')
                .toString();
    }

    private String rule(String call, List<Condition> conditions) {
        String name = name(call);
        if (conditions.get(0).always()) {
            return name;
        }
        List<String> alternatives = conditions.stream().map(KafelWriter::tests).toList();
        return name + "(a0, a1, a2, a3, a4, a5) { " + String.join(" || ", alternatives) + " }";
    }

    private String name(String call) {
        SyscallTable table = SyscallTable.of(flat.abi());
        String name = table.number(call).isEmpty() ? "" : NAMES.getOrDefault(key(call), call);
        return name.isEmpty() ? "SYSCALL[" + table.parse(call).orElseThrow() + "]" : name;
    }

    private String key(String call) {
        return flat.abi().column() + " " + call;
    }

    private static String tests(Condition condition) {
        List<String> tests =
                condition.comparisons().stream().map(KafelWriter::test).toList();
        return tests.size() == 1 ? tests.get(0) : "(" + String.join(" && ", tests) + ")";
    }

    private static String test(Comparison c) {
        String operator =
                c.operator() == Operator.MASKED_EQ ? "==" : c.operator().symbol();
        String name = "a" + c.index();
        String subject = c.mask() == -1L ? name : "(" + name + " & 0x" + Long.toHexString(c.mask()) + ")";
        return subject + " " + operator + " 0x" + Long.toHexString(c.value());
    }

    private static String action(Action action) {
        return switch (action.kind()) {
            case NOTIFY -> "USER_NOTIF";
            case ALLOW, LOG, KILL_THREAD, KILL_PROCESS -> action.kind().name();
            case ERRNO, TRAP, TRACE -> action.toString();
        };
    }
}
