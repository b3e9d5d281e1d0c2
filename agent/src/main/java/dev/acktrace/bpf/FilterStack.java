package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import java.util.ArrayList;
import java.util.List;

/**
 * Filters that were installed one after the other, as {@code seccomp_run_filters} of the kernel sees them: all run,
 * the newest first; the action with the least value, compared as signed, wins; of equal actions the newest gives the
 * data.
 */
public final class FilterStack {
    /** {@code MAX_INSNS_PER_PATH}: translated instructions of all filters of a task; see {@link #fits}. */
    public static final int MAX_INSTRUCTIONS = 32768;

    private static final int ACTION = 0xFFFF0000;

    private final List<Program> programs;

    /** Filters, the oldest first. */
    public FilterStack(List<Program> oldestFirst) {
        programs = List.copyOf(oldestFirst);
    }

    /**
     * The answer of a stack.
     *
     * @param action what the kernel does
     * @param filter which filter decided, 0 for the oldest; -1 if there is none and everything is allowed
     */
    public record Answer(Action action, int filter) {}

    /** What happens to a call. */
    public Answer run(SeccompData call) {
        int best = Action.ALLOW.word();
        int decided = -1;
        for (int i = programs.size() - 1; i >= 0; i--) {
            int word = Interpreter.run(programs.get(i), call).word();
            if (decided < 0 || (word & ACTION) < (best & ACTION)) {
                best = word;
                decided = i;
            }
        }
        return new Answer(Action.ofWord(best), decided);
    }

    /** What each filter answers alone, the oldest first. */
    public List<Action> each(SeccompData call) {
        List<Action> actions = new ArrayList<>();
        for (Program program : programs) {
            actions.add(Interpreter.run(program, call).action());
        }
        return actions;
    }

    /**
     * Whether the kernel takes all of them, one after the other: {@code seccomp_attach_filter} of {@code
     * kernel/seccomp.c}, Linux 6.18. It counts instructions after its own translation, and 4 more for each filter that
     * is there already; beyond the limit it answers ENOMEM.
     */
    public boolean fits() {
        long installed = 0;
        for (Program program : programs) {
            int length = Translation.length(program);
            if (installed + length > MAX_INSTRUCTIONS) {
                return false;
            }
            installed += length + 4L;
        }
        return true;
    }
}
