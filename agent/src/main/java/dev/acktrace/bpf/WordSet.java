package dev.acktrace.bpf;

/**
 * A set of 32-bit words that one test can ask for: an unsigned range, or all words whose bits under a mask are given
 * ones.
 *
 * @param cube whether it is given by a mask
 * @param first the least word of a range, or the mask
 * @param second the greatest word of a range, or the bits under the mask
 */
record WordSet(boolean cube, int first, int second) {
    static final WordSet ALL = new WordSet(false, 0, -1);

    static WordSet range(int least, int greatest) {
        return new WordSet(false, least, greatest);
    }

    static WordSet just(int word) {
        return new WordSet(false, word, word);
    }

    /** Words {@code w} with {@code (w & mask) == (value & mask)}; a range if they are one. */
    static WordSet masked(int mask, int value) {
        int bits = value & mask;
        int free = ~mask;
        if ((free & (free + 1)) == 0) {
            return range(bits, bits | free);
        }
        return new WordSet(true, mask, bits);
    }

    boolean contains(int word) {
        if (cube) {
            return (word & first) == second;
        }
        return Integer.compareUnsigned(first, word) <= 0 && Integer.compareUnsigned(word, second) <= 0;
    }

    boolean all() {
        return !cube && first == 0 && second == -1;
    }
}
