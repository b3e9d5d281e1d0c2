package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.List;

/** Words with given bits under a mask, as pieces that are cut from each other. */
record WordCube(int mask, int value) {
    /** Disjoint cubes that make a range. */
    static List<WordCube> range(long from, long end) {
        List<WordCube> cubes = new ArrayList<>();
        long at = from;
        while (at < end) {
            int bits = at == 0 ? 32 : Math.min(32, Long.numberOfTrailingZeros(at));
            while (at + (1L << bits) > end) {
                bits--;
            }
            cubes.add(new WordCube(bits == 32 ? 0 : (int) (-1L << bits), (int) at));
            at += 1L << bits;
        }
        return cubes;
    }

    /** Adds what is in another cube to one list and the rest, in disjoint pieces, to another. */
    void split(WordCube by, List<WordCube> inside, List<WordCube> outside) {
        if (((value ^ by.value) & mask & by.mask) != 0) {
            outside.add(this);
            return;
        }
        int mask = this.mask;
        int value = this.value;
        int open = by.mask & ~mask;
        while (open != 0) {
            int bit = Integer.lowestOneBit(open);
            open &= ~bit;
            mask |= bit;
            outside.add(new WordCube(mask, value | (~by.value & bit)));
            value |= by.value & bit;
        }
        inside.add(new WordCube(mask, value));
    }
}
