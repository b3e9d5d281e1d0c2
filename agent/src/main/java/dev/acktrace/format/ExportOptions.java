package dev.acktrace.format;

import dev.acktrace.policy.Action;
import dev.acktrace.syscall.Abi;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an exporter has to know beside the policy.
 *
 * @param name what the policy is called where a format wants a name: small letters, digits, {@code -} and {@code .}
 * @param abi the ABI to write if the format covers one
 * @param badArch the answer of a compiled filter to architectures that the policy does not cover
 * @param counts how often each call was seen, by name; empty if that is not known
 */
public record ExportOptions(String name, Abi abi, Action badArch, SortedMap<String, Long> counts) {
    /** For this machine, without counts. */
    public static final ExportOptions DEFAULT =
            new ExportOptions("acktrace", Abi.host(), Action.KILL_THREAD, new TreeMap<>());

    public ExportOptions withName(String value) {
        return new ExportOptions(value, abi, badArch, counts);
    }

    public ExportOptions withAbi(Abi value) {
        return new ExportOptions(name, value, badArch, counts);
    }

    public ExportOptions withCounts(Map<String, Long> value) {
        return new ExportOptions(name, abi, badArch, new TreeMap<>(value));
    }

    public ExportOptions withBadArch(Action value) {
        return new ExportOptions(name, abi, value, counts);
    }
}
