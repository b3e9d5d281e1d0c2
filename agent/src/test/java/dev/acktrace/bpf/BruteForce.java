package dev.acktrace.bpf;

import java.util.HashSet;
import java.util.Set;

/** Finds the size of the smallest decision program by building all of them, for universes of a few words. */
final class BruteForce {
    private BruteForce() {}

    /**
     * The least number of JEQ and JGE tests with shared ways on that computes a function of two values. Programs are
     * sets of functions: each test picks two functions that are there already.
     */
    static int fewestTests(boolean[] function) {
        int wanted = 0;
        for (int n = 0; n < function.length; n++) {
            wanted |= function[n] ? 1 << n : 0;
        }
        int all = (1 << function.length) - 1;
        Set<Set<Integer>> level = Set.of(Set.of(0, all));
        for (int tests = 0; ; tests++) {
            for (Set<Integer> known : level) {
                if (known.contains(wanted)) {
                    return tests;
                }
            }
            Set<Set<Integer>> next = new HashSet<>();
            for (Set<Integer> known : level) {
                extend(known, function.length, all, next);
            }
            level = next;
        }
    }

    private static void extend(Set<Integer> known, int universe, int all, Set<Set<Integer>> next) {
        for (int constant = 0; constant < universe; constant++) {
            int equal = 1 << constant;
            int atLeast = all & -(1 << constant);
            for (int yes : known) {
                for (int no : known) {
                    for (int mask : new int[] {equal, atLeast}) {
                        int made = (yes & mask) | (no & ~mask & all);
                        if (!known.contains(made)) {
                            Set<Integer> more = new HashSet<>(known);
                            more.add(made);
                            next.add(more);
                        }
                    }
                }
            }
        }
    }
}
