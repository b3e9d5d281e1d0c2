package dev.acktrace.refine;

import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The decisions of a session, their journal, and the engine that they are applied to: every change is on record before
 * it holds. Safe for several threads.
 */
public final class Refinement {
    private final RefineEngine engine;
    private final String who;
    private final Decisions decisions = new Decisions();
    private final List<String> notes = new ArrayList<>();
    private final List<JournalEntry> entries = new ArrayList<>();
    private Optional<Journal> journal = Optional.empty();
    private int unsaved;

    /** Decisions of a person, applied to an engine. */
    public Refinement(RefineEngine engine, String who) {
        this.engine = engine;
        this.who = who;
    }

    /** Replays what a journal holds and adds to it from now on. */
    public synchronized void journal(Journal.Opened opened) {
        for (JournalEntry entry : opened.entries()) {
            replay(entry);
            entries.add(entry);
        }
        journal = Optional.of(opened.journal());
        engine.decisions(decisions.effective());
    }

    private void replay(JournalEntry entry) {
        if (entry instanceof JournalEntry.Made made) {
            decisions.add(made.decision());
        } else if (entry instanceof JournalEntry.Undone) {
            decisions.undo();
        } else if (entry instanceof JournalEntry.Redone) {
            decisions.redo();
        } else if (entry instanceof JournalEntry.Noted noted) {
            if (noted.decision() == 0) {
                notes.add(noted.text());
            } else {
                decisions.note(noted.decision(), noted.text());
            }
        }
    }

    /** The file of the journal; empty before there is one. */
    public synchronized Optional<Journal> journal() {
        return journal;
    }

    /**
     * Goes on with the journal at another place, with everything that was on record in this one.
     *
     * @throws FaultException if there is a journal of something else already
     */
    public synchronized void journalAt(Path path) throws FaultException {
        if (journal.isPresent() && journal.get().path().toAbsolutePath().equals(path.toAbsolutePath())) {
            return;
        }
        Journal.Opened opened = Journal.open(path);
        if (!opened.entries().isEmpty()) {
            opened.journal().close();
            throw new FaultException(
                    "cannot put the record of decisions at '" + path + "'",
                    "there is one of another session",
                    "The policy is written; begin a session with --policy to go on with that record.");
        }
        for (JournalEntry entry : entries) {
            opened.journal().add(entry);
        }
        if (journal.isPresent()) {
            journal.get().close();
        }
        journal = Optional.of(opened.journal());
    }

    private void write(JournalEntry entry) throws FaultException {
        entries.add(entry);
        if (journal.isPresent()) {
            journal.get().add(entry);
        }
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    /** Writes that a session began. */
    public synchronized void opened(List<String> command, String recording) throws FaultException {
        write(new JournalEntry.Opened(now(), who, command, recording));
    }

    /**
     * Decides.
     *
     * @param rules what holds from now on
     * @param evidence lines that say what was known
     */
    public synchronized Decision decide(List<Rule> rules, List<String> evidence, String note) throws FaultException {
        Decision decision = made(false, rules, evidence, note);
        engine.decisions(decisions.effective());
        return decision;
    }

    /**
     * Decides for one call of the thread that waits longest.
     *
     * @return empty if nobody waits for that question any more
     */
    public synchronized Optional<Decision> once(int question, Rule rule, List<String> evidence) throws FaultException {
        if (engine.once(question, rule.action()).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(made(true, List.of(rule), evidence, ""));
    }

    private Decision made(boolean once, List<Rule> rules, List<String> evidence, String note) throws FaultException {
        Decision decision = new Decision(decisions.nextId(), now(), who, once, rules, evidence, note, engine.phase());
        decisions.add(decision);
        unsaved++;
        write(new JournalEntry.Made(decision));
        return decision;
    }

    /** Takes the last decision back; empty if there is none. What ran because of it has run. */
    public synchronized Optional<Decision> undo() throws FaultException {
        Optional<Decision> undone = decisions.undo();
        if (undone.isPresent()) {
            unsaved++;
            engine.decisions(decisions.effective());
            write(new JournalEntry.Undone(now(), undone.get().id()));
        }
        return undone;
    }

    /** Makes the decision that was taken back last hold again; empty if there is none. */
    public synchronized Optional<Decision> redo() throws FaultException {
        Optional<Decision> redone = decisions.redo();
        if (redone.isPresent()) {
            unsaved++;
            engine.decisions(decisions.effective());
            write(new JournalEntry.Redone(now(), redone.get().id()));
        }
        return redone;
    }

    /** Notes something about a decision, or with 0 about the session; false if there is no such decision. */
    public synchronized boolean note(int decision, String text) throws FaultException {
        if (decision != 0 && !decisions.note(decision, text)) {
            return false;
        }
        if (decision == 0) {
            notes.add(text);
        }
        write(new JournalEntry.Noted(now(), decision, text));
        return true;
    }

    /** Changes the mode. */
    public synchronized void mode(Mode mode) throws FaultException {
        engine.mode(mode);
        write(new JournalEntry.ModeSet(now(), mode));
    }

    /** Writes that a filter was stacked onto the target; the mode is {@link Mode#ENFORCE} since. */
    public synchronized void stacked(int rules, boolean kernel, Tightening.Total total) throws FaultException {
        write(new JournalEntry.ModeSet(now(), Mode.ENFORCE));
        write(new JournalEntry.Stacked(now(), rules, kernel, total.have(), total.without()));
    }

    /** Begins a phase. */
    public synchronized void phase(String name) throws FaultException {
        engine.phase(name);
        write(new JournalEntry.PhaseBegan(now(), name));
    }

    /** Writes that the policy was saved; nothing is unsaved after that. */
    public synchronized void saved(String path, boolean approvedOnly) throws FaultException {
        unsaved = 0;
        write(new JournalEntry.Saved(now(), path, approvedOnly));
        if (journal.isPresent()) {
            journal.get().force();
        }
    }

    /** How many changes there are since the last save. */
    public synchronized int unsaved() {
        return unsaved;
    }

    /** Decisions that hold, oldest first. */
    public synchronized List<Decision> effective() {
        return decisions.effective();
    }

    /** Every decision ever made, oldest first. */
    public synchronized List<Decision> all() {
        return decisions.all();
    }

    /** A decision by its id. */
    public synchronized Optional<Decision> find(int id) {
        return decisions.find(id);
    }

    /** Whether a decision stands. */
    public synchronized boolean stands(int id) {
        return decisions.stands(id);
    }

    /** Notes on the session. */
    public synchronized List<String> notes() {
        return List.copyOf(notes);
    }

    /** Forces the journal to the disk and closes it. */
    public synchronized void close() throws FaultException {
        if (journal.isPresent()) {
            journal.get().close();
            journal = Optional.empty();
        }
    }

    /** The actions that a decision may have. */
    public static boolean mayDecide(Action action) {
        return action.kind() == Action.Kind.ALLOW
                || action.kind() == Action.Kind.ERRNO
                || action.kind() == Action.Kind.KILL_PROCESS;
    }
}
