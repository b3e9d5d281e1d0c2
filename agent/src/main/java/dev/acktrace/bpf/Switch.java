package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Code that goes by the range a word is in. With {@link CompileGoal#SIZE} the number of tests is the least that there
 * is with JEQ, JGE and JGT: the minimum over finite sets R of words of |R| plus the changes of the function outside R.
 * (Lower bound: two neighbours outside R with different ways on must be parted by a threshold between them, and these
 * thresholds differ. Upper bound: JEQ for R, one threshold for each change, each used once in a search tree.)
 */
final class Switch {
    /**
     * Consecutive words with one way on.
     *
     * @param from the least word, unsigned
     * @param way what follows
     * @param weight how often, in any unit
     * @param hot words of the run with a weight of their own, which is part of {@code weight}
     */
    record Run(long from, Step way, double weight, List<Hot> hot) {
        Run(long from, Step way, double weight) {
            this(from, way, weight, List.of());
        }
    }

    /** A word and how often it comes. */
    record Hot(long word, double weight) {}

    private static final long END = 1L << 32;

    private final Step.Factory steps;
    private final int offset;
    private final List<Run> runs;

    private Switch(Step.Factory steps, int offset, List<Run> runs) {
        this.steps = steps;
        this.offset = offset;
        this.runs = runs;
    }

    /** Code for runs that begin at 0 and go to the end. */
    static Step code(Step.Factory steps, int offset, List<Run> runs, CompileGoal goal) {
        List<Run> merged = merge(runs);
        if (merged.size() == 1) {
            return merged.get(0).way();
        }
        Switch self = new Switch(steps, offset, merged);
        return goal == CompileGoal.SIZE ? self.smallest() : self.fastest();
    }

    private static List<Run> merge(List<Run> runs) {
        List<Run> merged = new ArrayList<>();
        for (Run run : runs) {
            int last = merged.size() - 1;
            if (last >= 0 && merged.get(last).way() == run.way()) {
                Run before = merged.get(last);
                List<Hot> hot = new ArrayList<>(before.hot());
                hot.addAll(run.hot());
                merged.set(last, new Run(before.from(), before.way(), before.weight() + run.weight(), hot));
            } else {
                merged.add(run);
            }
        }
        return merged;
    }

    private long width(int run) {
        return (run + 1 < runs.size() ? runs.get(run + 1).from() : END)
                - runs.get(run).from();
    }

    /** Where the search for the fewest tests stands: what the last run that is kept leads to, and at what price. */
    private record State(
            @Nullable Step way, int cost, @Nullable State before, boolean kept) {}

    private Step smallest() {
        List<State> states = List.of(new State(null, 0, null, false));
        for (int run = 0; run < runs.size(); run++) {
            states = extend(states, run);
        }
        State best = states.stream()
                .filter(state -> state.way() != null)
                .min(Comparator.comparingInt(State::cost))
                .orElseThrow();
        boolean[] kept = new boolean[runs.size()];
        State state = best;
        for (int run = runs.size() - 1; run >= 0 && state != null; run--) {
            kept[run] = state.kept();
            state = state.before();
        }
        return tree(kept);
    }

    /** Keeps a run behind a threshold, or drops it and asks for its words one by one. */
    private List<State> extend(List<State> states, int run) {
        Step way = runs.get(run).way();
        List<State> next = new ArrayList<>(states.size() + 1);
        State keep = null;
        for (State state : states) {
            int cost = state.cost() + (state.way() == null || state.way() == way ? 0 : 1);
            if (keep == null || cost < keep.cost()) {
                keep = new State(way, cost, state, true);
            }
        }
        if (keep != null) {
            next.add(keep);
        }
        if (width(run) <= 2) {
            int words = (int) width(run);
            for (State state : states) {
                State drop = new State(state.way(), state.cost() + words, state, false);
                if (keep == null || drop.way() != way || drop.cost() < keep.cost()) {
                    next.add(drop);
                }
            }
        }
        int least = next.stream().mapToInt(State::cost).min().orElse(0);
        next.removeIf(state -> state.cost() > least);
        return next;
    }

    private Step tree(boolean[] kept) {
        SearchTree tree = new SearchTree(steps, offset);
        for (int run = 0; run < runs.size(); run++) {
            Run now = runs.get(run);
            if (kept[run]) {
                tree.segment(now.from(), now.way(), now.weight());
                now.hot().forEach(hot -> tree.shortcut(hot.word(), now.way(), hot.weight()));
            }
        }
        for (int run = 0; run < runs.size(); run++) {
            if (!kept[run]) {
                Run now = runs.get(run);
                long words = width(run);
                for (long word = now.from(); word < now.from() + words; word++) {
                    tree.point(word, now.way(), now.weight() / words);
                }
            }
        }
        return tree.build(false);
    }

    private Step fastest() {
        SearchTree tree = new SearchTree(steps, offset);
        for (int run = 0; run < runs.size(); run++) {
            Run now = runs.get(run);
            tree.segment(now.from(), now.way(), now.weight());
            if (width(run) == 1) {
                tree.shortcut(now.from(), now.way(), now.weight());
            } else {
                now.hot().forEach(hot -> tree.shortcut(hot.word(), now.way(), hot.weight()));
            }
        }
        return tree.build(true);
    }
}
