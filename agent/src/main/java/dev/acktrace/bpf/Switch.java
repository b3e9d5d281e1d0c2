package dev.acktrace.bpf;

import java.util.ArrayList;
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

    /** The share of all calls from which on a word is worth a test of its own. */
    private static final double OFTEN = 0.002;

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
        SearchTree tree = tree(keep(Double.MAX_VALUE), false);
        return tree.build(1e-6, 0.02);
    }

    /** As {@link #smallest}, but runs that come often stay behind thresholds and get shortcuts. */
    private Step fastest() {
        double total = 0;
        for (Run run : runs) {
            total += run.weight();
        }
        double often = total * OFTEN;
        SearchTree tree = tree(keep(often), true);
        for (int run = 0; run < runs.size(); run++) {
            Run now = runs.get(run);
            if (width(run) == 1 && now.weight() >= often) {
                tree.shortcut(now.from(), now.way(), now.weight());
            } else {
                for (Hot hot : now.hot()) {
                    if (hot.weight() >= often) {
                        tree.shortcut(hot.word(), now.way(), hot.weight());
                    }
                }
            }
        }
        return tree.build(2e-4, OFTEN);
    }

    /** Which runs stay behind thresholds, so that the tests are as few as can be; heavy ones always do. */
    private boolean[] keep(double heavy) {
        List<State> states = List.of(new State(null, 0, null, false));
        for (int run = 0; run < runs.size(); run++) {
            states = extend(states, run, quiet(run, heavy));
        }
        State state = null;
        for (State candidate : states) {
            if (candidate.way() != null && (state == null || candidate.cost() < state.cost())) {
                state = candidate;
            }
        }
        boolean[] kept = new boolean[runs.size()];
        for (int run = runs.size() - 1; run >= 0 && state != null; run--) {
            kept[run] = state.kept();
            state = state.before();
        }
        return kept;
    }

    /** Whether neither a run nor those beside it come often, so that words of it may be asked for one by one. */
    private boolean quiet(int run, double heavy) {
        boolean quiet = runs.get(run).weight() < heavy;
        if (run > 0) {
            quiet &= runs.get(run - 1).weight() < heavy;
        }
        return quiet && (run + 1 == runs.size() || runs.get(run + 1).weight() < heavy);
    }

    /** Keeps a run behind a threshold, or drops it and asks for its words one by one. */
    private List<State> extend(List<State> states, int run, boolean mayDrop) {
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
        if (mayDrop && width(run) <= 2) {
            int words = (int) width(run);
            for (State state : states) {
                State drop = new State(state.way(), state.cost() + words, state, false);
                if (keep == null || drop.way() != way || drop.cost() < keep.cost()) {
                    next.add(drop);
                }
            }
        }
        int least = Integer.MAX_VALUE;
        for (State state : next) {
            least = Math.min(least, state.cost());
        }
        int most = least;
        next.removeIf(state -> state.cost() > most);
        return next;
    }

    private SearchTree tree(boolean[] kept, boolean spread) {
        SearchTree tree = new SearchTree(steps, offset, spread);
        for (int run = 0; run < runs.size(); run++) {
            if (kept[run]) {
                tree.segment(
                        runs.get(run).from(), runs.get(run).way(), runs.get(run).weight());
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
        return tree;
    }
}
