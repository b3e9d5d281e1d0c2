package dev.acktrace.refine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** All decisions of a journal, and which of them were taken back. Not safe for several threads. */
public final class Decisions {
    private final TreeMap<Integer, Decision> all = new TreeMap<>();
    private final Deque<Integer> standing = new ArrayDeque<>();
    private final Deque<Integer> takenBack = new ArrayDeque<>();

    /** Adds a decision; nothing can be done again after that. */
    public void add(Decision decision) {
        all.put(decision.id(), decision);
        standing.add(decision.id());
        takenBack.clear();
    }

    /** The id of the next decision. */
    public int nextId() {
        return all.isEmpty() ? 1 : all.lastKey() + 1;
    }

    /** Takes the last standing decision back; empty if there is none. */
    public Optional<Decision> undo() {
        if (standing.isEmpty()) {
            return Optional.empty();
        }
        int id = standing.removeLast();
        takenBack.add(id);
        return find(id);
    }

    /** Makes the decision that was taken back last stand again; empty if there is none. */
    public Optional<Decision> redo() {
        if (takenBack.isEmpty()) {
            return Optional.empty();
        }
        int id = takenBack.removeLast();
        standing.add(id);
        return find(id);
    }

    /** Sets the note of a decision; false if there is no such decision. */
    public boolean note(int id, String text) {
        return all.computeIfPresent(id, (key, decision) -> decision.withNote(text)) != null;
    }

    /** A decision by its id, standing or not. */
    public Optional<Decision> find(int id) {
        return Optional.ofNullable(all.get(id));
    }

    /** Whether a decision stands. */
    public boolean stands(int id) {
        return standing.contains(id);
    }

    /** Every decision ever made, oldest first. */
    public List<Decision> all() {
        return List.copyOf(all.values());
    }

    /** The decisions that stand and hold for more than one call, oldest first. */
    public List<Decision> effective() {
        List<Decision> effective = new ArrayList<>();
        for (int id : standing) {
            Decision decision = all.get(id);
            if (decision != null && !decision.once()) {
                effective.add(decision);
            }
        }
        return effective;
    }
}
