package dev.acktrace.generalize;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The simplest policy that evidence gives: the calls that were made are allowed, whatever their arguments. */
public final class NamesOnly {
    private NamesOnly() {}

    /**
     * The policy. It covers the native ABI and those that were used. As OCI has one list of names for all of them, a
     * name that was used through one is allowed through each.
     *
     * @param calls what was observed
     * @param otherwise the default action
     */
    public static Policy policy(Collection<Syscall> calls, Action otherwise) {
        Set<Abi> abis = EnumSet.of(Abi.host());
        Set<String> names = new TreeSet<>();
        for (Syscall call : calls) {
            abis.add(call.abi());
            names.add(call.name());
        }
        List<Rule> rules = new ArrayList<>();
        for (String name : names) {
            rules.add(Rule.of(name, Action.ALLOW));
        }
        return Policy.of(otherwise, abis, rules);
    }
}
