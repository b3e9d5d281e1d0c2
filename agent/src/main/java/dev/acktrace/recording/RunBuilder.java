package dev.acktrace.recording;

import dev.acktrace.syscall.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Collects the parts of one run in the order in which they come. Not safe for several threads. */
public final class RunBuilder {
    private final RunHeader header;
    private final SortedMap<String, Long> images = new TreeMap<>();
    private final SortedSet<String> refused = new TreeSet<>();
    private final SortedMap<ShapeKey, Shape> shapes = new TreeMap<>();
    private final List<ShapeKey> byId = new ArrayList<>();
    private SortedMap<Syscall, Long> counts = new TreeMap<>();
    private Optional<RunEnd> end = Optional.empty();

    /** A run that has just started. */
    public RunBuilder(RunHeader header) {
        this.header = header;
    }

    /** The header. */
    public RunHeader header() {
        return header;
    }

    /** Notes an executed program; returns whether it is new in this run. */
    public boolean image(String path, long firstNs) {
        boolean isNew = !images.containsKey(path);
        images.merge(path, firstNs, Math::min);
        return isNew;
    }

    /** How many images there are. */
    public int images() {
        return images.size();
    }

    /** Notes a program that the backend could not take; of very many some are left out. */
    public void refused(String path) {
        if (refused.size() < RunEnd.REFUSED_MOST) {
            refused.add(path);
        }
    }

    /** The programs that the backend could not take. */
    public SortedSet<String> refused() {
        return refused;
    }

    /** Adds what was seen of a shape; returns whether the shape is new in this run. */
    public boolean shape(Shape shape) {
        Shape known = shapes.get(shape.key());
        shapes.put(shape.key(), known == null ? shape : known.merge(shape));
        if (known == null) {
            byId.add(shape.key());
        }
        return known == null;
    }

    /** How many shapes there are. */
    public int size() {
        return shapes.size();
    }

    /** The shapes in the order in which they were seen first. */
    public List<ShapeKey> order() {
        return byId;
    }

    /** A shape that was added before. */
    public Optional<Shape> find(ShapeKey key) {
        return Optional.ofNullable(shapes.get(key));
    }

    /** Sets totals of a shape that was added before. */
    public void totals(ShapeKey key, long count, long lastNs) {
        Shape known = shapes.get(key);
        if (known != null && (count != known.count() || lastNs != known.lastNs())) {
            shapes.put(key, known.withTotals(Math.max(count, 1), Math.max(lastNs, known.firstNs())));
        }
    }

    /** Sets the counters. */
    public void counts(SortedMap<Syscall, Long> newCounts) {
        counts = newCounts;
    }

    /** Sets the end. */
    public void end(RunEnd newEnd) {
        end = Optional.of(newEnd);
    }

    /** What was collected so far. */
    public Run build() {
        return new Run(header, images, shapes, counts, end);
    }
}
