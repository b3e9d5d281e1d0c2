package dev.acktrace.refine;

import dev.acktrace.policy.Rule;
import java.util.List;

/**
 * What a person decided.
 *
 * @param id counts from 1 within a journal
 * @param atMs milliseconds since 1970
 * @param who login name
 * @param once whether it held for one call of one thread only; such a decision is on record and in no policy
 * @param rules what follows from it; their actions are ALLOW, ERRNO or KILL_PROCESS
 * @param evidence lines that say what was known when it was made
 * @param note why, in the person's own words; may be empty
 * @param phase the phase in which it was made; may be empty
 */
public record Decision(
        int id,
        long atMs,
        String who,
        boolean once,
        List<Rule> rules,
        List<String> evidence,
        String note,
        String phase) {
    /** Copies the lists. */
    public Decision {
        rules = List.copyOf(rules);
        evidence = List.copyOf(evidence);
    }

    /** The same decision with another note. */
    public Decision withNote(String newNote) {
        return new Decision(id, atMs, who, once, rules, evidence, newNote, phase);
    }
}
