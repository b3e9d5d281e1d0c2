package dev.acktrace.bpf;

import java.util.Optional;

/**
 * What a register may hold when a program is walked without input: a constant, or a word of {@code seccomp_data} that
 * was shifted and masked: {@code ((word & mask) >>> shift)}.
 *
 * @param word index of {@link Word}; -1 for a constant
 * @param mask bits of the word that are left
 * @param shift by how many bits to the right; negative to the left
 * @param constant the constant, or what is joined by OR
 */
record Symbol(int word, int mask, int shift, int constant) {
    static Symbol constant(int value) {
        return new Symbol(-1, 0, 0, value);
    }

    static Symbol of(int word) {
        return new Symbol(word, -1, 0, 0);
    }

    boolean known() {
        return word < 0;
    }

    /** The result of arithmetic with a constant; empty if it is nothing of this kind. */
    Optional<Symbol> compute(int operation, int right) {
        if (known()) {
            return Optional.of(constant(Interpreter.compute(operation, constant, right)));
        }
        return switch (operation) {
            case Opcode.AND ->
                Optional.of(new Symbol(word, mask & back(right), shift, 0)).map(Symbol::settle);
            case Opcode.RSH ->
                right >= 0 && right < 32 && shift >= 0 && shift + right < 32
                        ? Optional.of(new Symbol(word, mask & (-1 << (shift + right)), shift + right, 0))
                                .map(Symbol::settle)
                        : Optional.empty();
            case Opcode.LSH ->
                shift == 0 && right > 0 && right < 32
                        ? Optional.of(new Symbol(word, mask & (-1 >>> right), -right, 0))
                                .map(Symbol::settle)
                        : right == 0 ? Optional.of(this) : Optional.empty();
            case Opcode.ADD, Opcode.SUB, Opcode.OR, Opcode.XOR -> right == 0 ? Optional.of(this) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Bits of the result, moved back to where they stand in the word. */
    private int back(int bits) {
        return shift >= 0 ? bits << shift : bits >>> -shift;
    }

    private Symbol settle() {
        return mask == 0 ? constant(0) : this;
    }

    /** The words for which the symbol has a value; empty if there are none. */
    Optional<WordSet> equalTo(int value) {
        int moved = back(value);
        boolean fits = shift >= 0 ? moved >>> shift == value : moved << -shift == value;
        return fits && (moved & ~mask) == 0 ? Optional.of(WordSet.masked(mask, moved)) : Optional.empty();
    }

    /** The words for which none of some bits of the symbol is set. */
    WordSet without(int bits) {
        int moved = back(bits) & mask;
        return WordSet.masked(moved, 0);
    }

    /** Whether the symbol is the word as it stands, so that order means something. */
    boolean whole() {
        return mask == -1 && shift == 0;
    }
}
