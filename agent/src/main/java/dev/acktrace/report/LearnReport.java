package dev.acktrace.report;

import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunEnd;
import dev.acktrace.recording.Shape;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.AckCalls;
import dev.acktrace.wire.Loss;
import dev.acktrace.wire.Note;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What there is to say of one or more runs: the model of the summary, without a word of how it is printed.
 *
 * @param calls every call that was seen, sorted by name and ABI
 * @param images number of different calls by executed program
 * @param newCalls names that were not known before, sorted; all of them if nothing was known
 * @param hadBase whether anything was known before
 * @param notInDocker names that Docker's default profile does not allow, sorted
 * @param dockerSize how many names Docker's default profile allows
 * @param losses counters by cause that are not 0
 * @param notes counters by kind that are not 0
 * @param refused programs that the backend could not take
 * @param inferred names that no backend saw being made: that they were follows from other calls; sorted
 * @param unfinished runs without an end
 */
public record LearnReport(
        List<CallLine> calls,
        SortedMap<String, Integer> images,
        SortedSet<String> newCalls,
        boolean hadBase,
        SortedSet<String> notInDocker,
        int dockerSize,
        SortedMap<String, Long> losses,
        SortedMap<String, Long> notes,
        SortedSet<String> refused,
        SortedSet<String> inferred,
        int unfinished) {
    /** Calls that usually stay in the vDSO and reach the kernel on other machines or clock sources only; vdso(7). */
    public static final List<String> VDSO = List.of("clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu");

    /**
     * One call of one ABI.
     *
     * @param call the call
     * @param name its name, or its number in digits
     * @param category what it is about
     * @param count how often it was seen
     * @param images the programs that made it, sorted; without those that are unknown
     */
    public record CallLine(Syscall call, String name, String category, long count, SortedSet<String> images) {}

    /**
     * Builds the report.
     *
     * @param runs the runs to report on
     * @param known names that were known before; empty for nothing
     */
    public static LearnReport of(Collection<Run> runs, Set<String> known) {
        SortedMap<Syscall, Long> counts = new TreeMap<>();
        Map<Syscall, SortedSet<String>> imagesOf = new HashMap<>();
        Map<String, SortedSet<String>> callsOf = new TreeMap<>();
        SortedMap<String, Long> losses = new TreeMap<>();
        SortedMap<String, Long> notes = new TreeMap<>();
        SortedSet<String> refused = new TreeSet<>();
        int unfinished = 0;
        for (Run run : runs) {
            add(run, counts, imagesOf, callsOf);
            if (run.end().isPresent()) {
                RunEnd end = run.end().get();
                sum(losses, end.losses());
                sum(notes, end.notes());
                refused.addAll(end.refused());
            } else {
                unfinished++;
            }
        }
        List<CallLine> lines = new ArrayList<>();
        SortedSet<String> newCalls = new TreeSet<>();
        SortedSet<String> notInDocker = new TreeSet<>();
        for (Map.Entry<Syscall, Long> entry : counts.entrySet()) {
            Syscall call = entry.getKey();
            String name = call.name();
            lines.add(new CallLine(
                    call,
                    name,
                    CallFactsheet.category(name),
                    entry.getValue(),
                    imagesOf.getOrDefault(call, new TreeSet<>())));
            if (!known.contains(name)) {
                newCalls.add(name);
            }
            if (!CallFactsheet.dockerDefault().contains(name)) {
                notInDocker.add(name);
            }
        }
        return new LearnReport(
                lines,
                sizes(callsOf),
                newCalls,
                !known.isEmpty(),
                notInDocker,
                CallFactsheet.dockerDefault().size(),
                losses,
                notes,
                refused,
                inferred(runs),
                unfinished);
    }

    private static void add(
            Run run,
            SortedMap<Syscall, Long> counts,
            Map<Syscall, SortedSet<String>> imagesOf,
            Map<String, SortedSet<String>> callsOf) {
        SortedMap<Syscall, Long> ofRun = new TreeMap<>();
        for (Shape shape : run.allShapes()) {
            Syscall call = shape.key().call();
            add(ofRun, call, shape.count());
            String image = shape.key().image();
            if (!image.isEmpty()) {
                setOf(imagesOf, call).add(image);
                setOf(callsOf, image).add(call.name());
            }
        }
        for (Map.Entry<Syscall, Long> counted : run.counts().entrySet()) {
            ofRun.merge(counted.getKey(), counted.getValue(), Math::max);
        }
        for (Map.Entry<Syscall, Long> entry : ofRun.entrySet()) {
            add(counts, entry.getKey(), entry.getValue());
        }
    }

    private static SortedSet<String> inferred(Collection<Run> runs) {
        SortedSet<String> inferred = new TreeSet<>();
        SortedSet<String> seen = new TreeSet<>();
        SortedSet<Syscall> never = AckCalls.inferred();
        for (Run run : runs) {
            boolean ack = run.header().backend().equals("ack");
            for (Syscall call : run.calls()) {
                (ack && never.contains(call) ? inferred : seen).add(call.name());
            }
        }
        inferred.removeAll(seen);
        return inferred;
    }

    private static <K> void add(Map<K, Long> sums, K key, long value) {
        sums.put(key, sums.getOrDefault(key, 0L) + value);
    }

    private static <K> SortedSet<String> setOf(Map<K, SortedSet<String>> sets, K key) {
        return sets.computeIfAbsent(key, k -> new TreeSet<>());
    }

    private static void sum(Map<String, Long> sums, Map<String, Long> more) {
        for (Map.Entry<String, Long> entry : more.entrySet()) {
            add(sums, entry.getKey(), entry.getValue());
        }
    }

    private static SortedMap<String, Integer> sizes(Map<String, SortedSet<String>> sets) {
        SortedMap<String, Integer> sizes = new TreeMap<>();
        for (Map.Entry<String, SortedSet<String>> entry : sets.entrySet()) {
            sizes.put(entry.getKey(), entry.getValue().size());
        }
        return sizes;
    }

    /** Names of all calls, each once, sorted. */
    public SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>();
        for (CallLine line : calls) {
            names.add(line.name());
        }
        return names;
    }

    /** The names among {@link #VDSO} that were not seen: they may be needed on another machine. */
    public List<String> vdsoNotSeen() {
        SortedSet<String> seen = names();
        List<String> missing = new ArrayList<>();
        for (String name : VDSO) {
            if (!seen.contains(name)) {
                missing.add(name);
            }
        }
        return missing;
    }

    /** What a loss is, for people; the key itself for one of a later version. */
    public static String lossMeaning(String key) {
        for (Loss loss : Loss.values()) {
            if (loss.key().equals(key)) {
                return loss.meaning();
            }
        }
        return key;
    }

    /** What a note is, for people; the key itself for one of a later version. */
    public static String noteMeaning(String key) {
        for (Note note : Note.values()) {
            if (note.key().equals(key)) {
                return note.meaning();
            }
        }
        return key;
    }
}
