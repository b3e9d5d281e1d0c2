package dev.acktrace.syscall;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Signatures of all calls that are described in {@code signatures.csv}. Loaded on first use, parsed call by call. */
public final class Signatures {
    private Signatures() {}

    /** The signature of a call, by its name, on an ABI; empty if it is not described. */
    public static Optional<Signature> of(Abi abi, String name) {
        String row = Rows.BY_NAME.get(name + "@" + abi.column());
        if (row == null) {
            row = Rows.BY_NAME.get(name);
        }
        return row == null ? Optional.empty() : Optional.of(parse(row));
    }

    /**
     * How many low bits of an argument the kernel looks at: 32 or 64. 64 for an argument that is not described, so
     * that nothing is ever ignored by mistake; 32 for everything on an ABI with 32-bit registers.
     */
    public static int bits(Abi abi, String name, int index) {
        if (abi.narrow()) {
            return 32;
        }
        return of(abi, name)
                .filter(signature -> index < signature.arguments().size())
                .map(signature -> signature.arguments().get(index).bits())
                .orElse(64);
    }

    private static Signature parse(String row) {
        List<String> fields = Facts.split(row, ',');
        List<Argument> arguments = new ArrayList<>(fields.size() - 1);
        for (String field : fields.subList(1, fields.size())) {
            arguments.add(argument(Facts.split(field, ':')));
        }
        return new Signature(base(fields.get(0)), arguments);
    }

    private static String base(String name) {
        int at = name.indexOf('@');
        return at < 0 ? name : name.substring(0, at);
    }

    private static Argument argument(List<String> parts) {
        List<String> names = Facts.split(parts.get(0), '/');
        boolean pointer = parts.get(2).equals("pointer");
        return new Argument(
                names.get(0),
                names.get(names.size() - 1),
                parts.get(1),
                pointer ? 64 : Integer.parseInt(parts.get(2)),
                pointer,
                ArgumentKind.valueOf(parts.get(3).toUpperCase(Locale.ROOT)));
    }

    private static final class Rows {
        static final Map<String, String> BY_NAME = new HashMap<>(1024);

        static {
            for (String row : Facts.rows("syscalls/signatures.csv")) {
                int comma = row.indexOf(',');
                BY_NAME.put(comma < 0 ? row : row.substring(0, comma), row);
            }
        }
    }
}
