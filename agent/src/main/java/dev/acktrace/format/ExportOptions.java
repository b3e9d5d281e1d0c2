package dev.acktrace.format;

import dev.acktrace.syscall.Abi;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an exporter has to know beside the policy.
 *
 * @param name what the policy is called where a format wants a name: small letters, digits, {@code -} and {@code .}
 * @param abi the ABI to write if the format covers one
 * @param counts how often each call was seen, by name; empty if that is not known
 */
public record ExportOptions(String name, Abi abi, SortedMap<String, Long> counts) {
    /** For this machine, without counts. */
    public static final ExportOptions DEFAULT = new ExportOptions("acktrace", Abi.host(), new TreeMap<>());

    public ExportOptions withName(String value) {
        return new ExportOptions(value, abi, counts);
    }

    public ExportOptions withAbi(Abi value) {
        return new ExportOptions(name, value, counts);
    }

    public ExportOptions withCounts(Map<String, Long> value) {
        return new ExportOptions(name, abi, new TreeMap<>(value));
    }
}
