package dev.acktrace.recording;

import dev.acktrace.syscall.Syscall;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The evidence of one run.
 *
 * @param header how it was started
 * @param images paths of the programs that were executed, with the time of the first execution in nanoseconds since
 *     the start
 * @param shapes what was seen
 * @param counts calls by number, from the counts page: right even where shapes were lost. Calls that the learning
 *     filter allowed by itself are not counted
 * @param end empty if the run was killed or still goes on
 */
public record Run(
        RunHeader header,
        SortedMap<String, Long> images,
        SortedMap<ShapeKey, Shape> shapes,
        SortedMap<Syscall, Long> counts,
        Optional<RunEnd> end) {
    /** Copies the maps. */
    public Run {
        images = Collections.unmodifiableSortedMap(new TreeMap<>(images));
        shapes = Collections.unmodifiableSortedMap(new TreeMap<>(shapes));
        counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
    }

    /** Every call that was seen, by shape or by counter. */
    public SortedSet<Syscall> calls() {
        SortedSet<Syscall> calls = new TreeSet<>(counts.keySet());
        for (ShapeKey key : shapes.keySet()) {
            calls.add(key.call());
        }
        return calls;
    }

    /** How often a call was seen: the counter, or the sum of its shapes where that is more. */
    public long count(Syscall call) {
        long sum = 0;
        for (Shape shape : shapes.values()) {
            if (shape.key().call().equals(call)) {
                sum += shape.count();
            }
        }
        return Math.max(sum, counts.getOrDefault(call, 0L));
    }

    /** All shapes, sorted. */
    public Collection<Shape> allShapes() {
        return shapes.values();
    }

    /**
     * The union of two records of one run, as when one is a prefix of the other; commutative, associative,
     * idempotent.
     */
    public Run merge(Run other) {
        SortedMap<String, Long> allImages = new TreeMap<>(images);
        for (Map.Entry<String, Long> image : other.images.entrySet()) {
            allImages.merge(image.getKey(), image.getValue(), Math::min);
        }
        SortedMap<ShapeKey, Shape> allShapes = new TreeMap<>(shapes);
        for (Map.Entry<ShapeKey, Shape> shape : other.shapes.entrySet()) {
            allShapes.merge(shape.getKey(), shape.getValue(), Shape::merge);
        }
        SortedMap<Syscall, Long> allCounts = new TreeMap<>(counts);
        for (Map.Entry<Syscall, Long> count : other.counts.entrySet()) {
            allCounts.merge(count.getKey(), count.getValue(), Math::max);
        }
        Optional<RunEnd> bothEnds = end.isPresent() && other.end.isPresent()
                ? Optional.of(end.get().merge(other.end.get()))
                : end.or(() -> other.end);
        boolean first = header.salvaged() == other.header.salvaged()
                ? header.toString().compareTo(other.header.toString()) <= 0
                : other.header.salvaged();
        RunHeader one = first ? header : other.header;
        return new Run(one, allImages, allShapes, allCounts, bothEnds);
    }
}
