package dev.acktrace.syscall;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which arguments of which calls are part of a shape: enumerations and flag words of the well-known calls, from
 * {@code significant.csv}. Pointers, lengths, descriptors and process ids never are.
 */
public final class SignificantArguments {
    private static final ShapeFacts NOTHING = new ShapeFacts(
            Collections.nCopies(ShapeFacts.ARGUMENTS, 0L),
            Collections.nCopies(ShapeFacts.ARGUMENTS, ArgumentKind.OTHER),
            Collections.nCopies(ShapeFacts.ARGUMENTS, 0));

    private SignificantArguments() {}

    /** Facts of a call; all masks 0 and no texts for a call that is not in the tables. */
    public static ShapeFacts of(Abi abi, int number) {
        Optional<String> name = SyscallTable.of(abi).name(number);
        if (name.isEmpty()) {
            return NOTHING;
        }
        Optional<Signature> signature = Signatures.of(abi, name.get());
        if (signature.isEmpty()) {
            return NOTHING;
        }
        return facts(abi, signature.get(), masks(abi, name.get()));
    }

    /** Why the arguments of a call are part of its shape; empty if none is. */
    public static Optional<String> reason(Abi abi, String name) {
        return row(abi, name).map(fields -> fields.get(2));
    }

    private static ShapeFacts facts(Abi abi, Signature signature, List<Long> masks) {
        List<ArgumentKind> texts = new ArrayList<>(Collections.nCopies(ShapeFacts.ARGUMENTS, ArgumentKind.OTHER));
        List<Integer> lengths = new ArrayList<>(Collections.nCopies(ShapeFacts.ARGUMENTS, 0));
        List<Argument> arguments = signature.arguments();
        for (int i = 0; i < arguments.size(); i++) {
            ArgumentKind kind = arguments.get(i).kind();
            if (kind == ArgumentKind.PATH) {
                texts.set(i, kind);
            } else if (kind == ArgumentKind.SOCKADDR && i + 1 < arguments.size()) {
                texts.set(i, kind);
                lengths.set(i, i + 1);
            }
        }
        if (abi.narrow()) {
            masks.replaceAll(mask -> mask & 0xFFFF_FFFFL);
        }
        return new ShapeFacts(masks, texts, lengths);
    }

    private static List<Long> masks(Abi abi, String name) {
        List<Long> masks = new ArrayList<>(Collections.nCopies(ShapeFacts.ARGUMENTS, 0L));
        Optional<List<String>> row = row(abi, name);
        if (row.isPresent()) {
            for (String part : Facts.split(row.get().get(1), ' ')) {
                List<String> fields = Facts.split(part, ':');
                masks.set(
                        Integer.parseInt(fields.get(0)),
                        Long.parseUnsignedLong(fields.get(1).substring(2), 16));
            }
        }
        return masks;
    }

    private static Optional<List<String>> row(Abi abi, String name) {
        String row = Rows.BY_NAME.get(name + "@" + abi.column());
        if (row == null) {
            row = Rows.BY_NAME.get(name);
        }
        return Optional.ofNullable(row).map(Facts::csv);
    }

    private static final class Rows {
        static final Map<String, String> BY_NAME = new HashMap<>(512);

        static {
            for (String row : Facts.rows("syscalls/significant.csv")) {
                BY_NAME.put(row.substring(0, row.indexOf(',')), row);
            }
        }
    }
}
