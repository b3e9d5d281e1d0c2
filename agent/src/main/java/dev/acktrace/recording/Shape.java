package dev.acktrace.recording;

import java.util.Collections;
import java.util.Iterator;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One shape with its evidence. Immutable; {@link #merge} makes a new one.
 *
 * @param key what makes it this shape
 * @param count calls, at least as many
 * @param firstNs first call, nanoseconds since the run's start
 * @param lastNs last known call, nanoseconds since the run's start
 * @param pid thread group of the first call
 * @param tid task of the first call
 * @param flags {@link #LAUNCH}, {@link #DENIED}, {@link #KILLED}
 * @param sites where it came from, at most {@link #LIMIT}
 * @param texts what arguments pointed to, at most {@link #LIMIT}
 */
public record Shape(
        ShapeKey key,
        long count,
        long firstNs,
        long lastNs,
        int pid,
        int tid,
        int flags,
        SortedSet<Site> sites,
        SortedSet<Evidence> texts) {
    /** The execve that started the target. */
    public static final int LAUNCH = 1;

    /** Answered with an errno instead of executed. */
    public static final int DENIED = 2;

    /** The task was killed at this call. */
    public static final int KILLED = 4;

    /** How many sites and texts a shape keeps: the smallest in their order, so that merging is independent of order. */
    public static final int LIMIT = 16;

    /** Cuts the sets to their limit and makes them immutable. */
    public Shape {
        sites = limited(sites);
        texts = limited(texts);
    }

    /** Whether a flag is set. */
    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The same shape with other totals. */
    public Shape withTotals(long newCount, long newLastNs) {
        return new Shape(key, newCount, firstNs, newLastNs, pid, tid, flags, sites, texts);
    }

    /** The union of two observations of one shape within one run; commutative, associative, idempotent. */
    public Shape merge(Shape other) {
        Shape first = firstOf(this, other);
        SortedSet<Site> allSites = new TreeSet<>(sites);
        allSites.addAll(other.sites);
        SortedSet<Evidence> allTexts = new TreeSet<>(texts);
        allTexts.addAll(other.texts);
        return new Shape(
                key,
                Math.max(count, other.count),
                first.firstNs,
                Math.max(lastNs, other.lastNs),
                first.pid,
                first.tid,
                flags | other.flags,
                allSites,
                allTexts);
    }

    private static Shape firstOf(Shape a, Shape b) {
        int order = Long.compare(a.firstNs, b.firstNs);
        if (order == 0) {
            order = Integer.compare(a.pid, b.pid);
        }
        if (order == 0) {
            order = Integer.compare(a.tid, b.tid);
        }
        return order <= 0 ? a : b;
    }

    private static <T extends Comparable<T>> SortedSet<T> limited(SortedSet<T> set) {
        if (set.isEmpty()) {
            return Collections.emptySortedSet();
        }
        SortedSet<T> copy = new TreeSet<>();
        Iterator<T> all = set.iterator();
        while (all.hasNext() && copy.size() < LIMIT) {
            copy.add(all.next());
        }
        return Collections.unmodifiableSortedSet(copy);
    }
}
