package dev.acktrace.bpf;

import java.util.List;

/**
 * The optimal alphabetic tree over segments, by Knuth's dynamic program (1971): the best split of an interval lies
 * between those of the two intervals that are one shorter. Points are asked for in their segment, so they do not
 * change the shape of the tree.
 */
final class PlainSearch {
    private final SearchTree tree;
    private final List<SearchTree.Segment> segments;
    private final int[][] splits;

    PlainSearch(SearchTree tree, List<SearchTree.Segment> segments) {
        this.tree = tree;
        this.segments = segments;
        this.splits = new int[segments.size()][segments.size()];
    }

    Step code() {
        int count = segments.size();
        double[] sums = new double[count + 1];
        for (int i = 0; i < count; i++) {
            sums[i + 1] = sums[i] + segments.get(i).weight;
        }
        double[][] costs = new double[count][count];
        for (int i = 0; i < count; i++) {
            splits[i][i] = i;
        }
        for (int length = 1; length < count; length++) {
            for (int i = 0; i + length < count; i++) {
                int j = i + length;
                int from = Math.max(i, splits[i][j - 1]);
                int to = Math.min(j - 1, splits[i + 1][j]);
                double best = Double.MAX_VALUE;
                int split = Math.min(from, j - 1);
                for (int s = split; s <= to; s++) {
                    double cost = costs[i][s] + costs[s + 1][j];
                    if (cost < best) {
                        best = cost;
                        split = s;
                    }
                }
                if (best == Double.MAX_VALUE) {
                    best = costs[i][split] + costs[split + 1][j];
                }
                costs[i][j] = best + sums[j + 1] - sums[i];
                splits[i][j] = split;
            }
        }
        return code(0, count - 1);
    }

    private Step code(int i, int j) {
        if (i == j) {
            return tree.chain(segments.get(i).way, segments.get(i).points);
        }
        int s = splits[i][j];
        return tree.steps.atLeast(tree.offset, (int) segments.get(s + 1).from, code(s + 1, j), code(i, s));
    }
}
