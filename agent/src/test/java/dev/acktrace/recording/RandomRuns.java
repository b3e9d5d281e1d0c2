package dev.acktrace.recording;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Seeded runs: every field takes every kind of value, and runs share ids, images and shapes often. */
public final class RandomRuns {
    private static final Abi[] ABIS = {Abi.X86_64, Abi.X86, Abi.X32};
    private static final String[] IMAGES = {"", "/bin/sh", "/usr/bin/ls", "/tmp/ä \"quoted\"\n\u0001name", "/x"};

    private final Random random;

    /** The sequence of a seed. */
    public RandomRuns(long seed) {
        random = new Random(seed);
    }

    /** A recording of up to four runs. */
    public Recording recording() {
        Run[] runs = new Run[random.nextInt(4)];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = run();
        }
        return Recording.of(List.of(runs));
    }

    /** One run with one of three ids. */
    public Run run() {
        int id = random.nextInt(3);
        RunBuilder run = new RunBuilder(new RunHeader(
                "00000000000000000000000000000000".substring(1) + id,
                List.of("cmd" + id, "", "a b", "\u20ac"),
                "trace",
                List.of("args=known"),
                1_700_000_000_000L + id,
                "6.1",
                "x86_64",
                "glibc",
                "0.1"));
        for (int i = random.nextInt(3); i > 0; i--) {
            run.image(IMAGES[random.nextInt(IMAGES.length)], random.nextInt(1000));
        }
        for (int i = random.nextInt(12); i > 0; i--) {
            run.shape(shape());
        }
        SortedMap<Syscall, Long> counts = new TreeMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            counts.put(call(), (long) random.nextInt(1000));
        }
        run.counts(counts);
        if (random.nextBoolean()) {
            run.end(end());
        }
        return run.build();
    }

    private Syscall call() {
        int number = switch (random.nextInt(4)) {
            case 0 -> 5000 + random.nextInt(3);
            case 1 -> -2 - random.nextInt(2);
            default -> random.nextInt(400);
        };
        return new Syscall(ABIS[random.nextInt(3)], number);
    }

    private Shape shape() {
        long[] arguments = {random.nextLong(), random.nextInt(3), 0, -1L, 7, 0};
        ShapeKey key = new ShapeKey(
                IMAGES[random.nextInt(IMAGES.length)],
                new Syscall(ABIS[random.nextInt(3)], random.nextInt(5)),
                random.nextInt(4) == 0 ? 0 : random.nextInt(64),
                new long[] {random.nextInt(2), arguments[1], arguments[2], arguments[3], arguments[4], 0});
        SortedSet<Site> sites = new TreeSet<>();
        for (int i = random.nextInt(3) * random.nextInt(10); i > 0; i--) {
            sites.add(new Site("/lib/libc.so", random.nextInt(40)));
        }
        SortedSet<Evidence> texts = new TreeSet<>();
        for (int i = random.nextInt(3) * random.nextInt(10); i > 0; i--) {
            texts.add(new Evidence("path", random.nextInt(6), random.nextBoolean(), false, "/p" + random.nextInt(30)));
        }
        long first = random.nextInt(100);
        return new Shape(
                key,
                1 + random.nextInt(50),
                first,
                first + random.nextInt(100),
                random.nextInt(3),
                random.nextInt(3),
                random.nextInt(8),
                sites,
                texts);
    }

    private RunEnd end() {
        SortedMap<String, Long> losses = new TreeMap<>();
        if (random.nextBoolean()) {
            losses.put("ring_full", 1L + random.nextInt(5));
        }
        return new RunEnd(
                random.nextBoolean() ? OptionalInt.of(random.nextInt(0x10000)) : OptionalInt.empty(),
                random.nextInt(1000),
                random.nextInt(10),
                random.nextInt(10),
                random.nextInt(10),
                random.nextInt(10),
                losses,
                new TreeMap<>(),
                random.nextInt(4) == 0
                        ? new TreeSet<>(List.of("/bin/" + random.nextInt(9), "/a\nb"))
                        : new TreeSet<>());
    }
}
