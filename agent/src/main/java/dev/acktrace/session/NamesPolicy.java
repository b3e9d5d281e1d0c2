package dev.acktrace.session;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Recording;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The policy that allows the calls of a recording by name, whatever their arguments, and nothing else. */
public final class NamesPolicy {
    private static final int EPERM = 1;

    private NamesPolicy() {}

    /**
     * Builds the policy; the same recording gives an equal one.
     *
     * @param base a policy that is widened by what was seen; empty to start from nothing, where calls that were not
     *     seen get EPERM
     */
    public static Policy of(Recording recording, Optional<Policy> base) {
        SortedSet<Abi> abis = new TreeSet<>();
        SortedSet<String> names = new TreeSet<>();
        for (Syscall call : recording.calls()) {
            abis.add(call.abi());
            names.add(call.name());
        }
        List<Rule> rules = new ArrayList<>();
        for (String name : names) {
            rules.add(Rule.of(name, Action.ALLOW));
        }
        if (base.isPresent()) {
            abis.addAll(base.get().architectures());
            for (Rule rule : base.get().rules()) {
                if (!names.contains(rule.call())) {
                    rules.add(rule);
                }
            }
            return new Policy(
                    base.get().defaultAction(),
                    List.copyOf(abis),
                    rules,
                    base.get().flags(),
                    base.get().listener());
        }
        if (abis.isEmpty()) {
            abis.add(Abi.host());
        }
        return Policy.of(Action.errno(EPERM), abis, rules);
    }
}
