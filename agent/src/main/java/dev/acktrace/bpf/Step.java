package dev.acktrace.bpf;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a filter does, before it has an order: answers, and tests of words with two ways on. Equal steps are the same
 * object, so that tails are shared. Loads are not steps; the {@link Assembler} puts them where they are needed.
 */
final class Step {
    /** Kinds of tests. */
    enum Test {
        EQUAL,
        AT_LEAST,
        ANY_BIT,
        /** {@code (word & k) == value}, with {@code k} and {@code value} that one jump cannot say. */
        MASKED,
        ANSWER
    }

    /** Steps count from 0 in the order in which a factory makes them, so those behind a step have lower numbers. */
    final int id;

    final Test test;
    final int offset;
    final int k;
    final int value;
    final @Nullable Step yes;
    final @Nullable Step no;

    private Step(int id, Test test, int offset, int k, int value, @Nullable Step yes, @Nullable Step no) {
        this.id = id;
        this.test = test;
        this.offset = offset;
        this.k = k;
        this.value = value;
        this.yes = yes;
        this.no = no;
    }

    Step onYes() {
        if (yes == null) {
            throw new IllegalStateException("an answer has no ways on");
        }
        return yes;
    }

    Step onNo() {
        if (no == null) {
            throw new IllegalStateException("an answer has no ways on");
        }
        return no;
    }

    boolean answers() {
        return test == Test.ANSWER;
    }

    /** Makes steps, each only once. */
    static final class Factory {
        /** Steps by what they are; those behind them are compared by identity. */
        private static final class Key {
            private final Step step;
            private final int hash;

            Key(Step step) {
                this.step = step;
                int words = (step.test.hashCode() * 31 + step.offset) * 31 + step.k * 0x9E3779B1 + step.value;
                int ways = (step.yes == null ? -1 : step.yes.id) * 0x85EBCA6B + (step.no == null ? -1 : step.no.id);
                hash = words * 31 + ways;
            }

            @Override
            public boolean equals(@Nullable Object other) {
                return other instanceof Key that
                        && step.test == that.step.test
                        && step.offset == that.step.offset
                        && step.k == that.step.k
                        && step.value == that.step.value
                        && step.yes == that.step.yes
                        && step.no == that.step.no;
            }

            @Override
            public int hashCode() {
                return hash;
            }
        }

        private final Map<Key, Step> known = new HashMap<>();

        private Step only(Test test, int offset, int k, int value, @Nullable Step yes, @Nullable Step no) {
            Step made = new Step(known.size(), test, offset, k, value, yes, no);
            Step before = known.putIfAbsent(new Key(made), made);
            return before == null ? made : before;
        }

        Step answer(int word) {
            return only(Test.ANSWER, 0, word, 0, null, null);
        }

        private Step test(Test test, int offset, int k, int value, Step yes, Step no) {
            return yes == no ? yes : only(test, offset, k, value, yes, no);
        }

        Step equal(int offset, int k, Step yes, Step no) {
            return test(Test.EQUAL, offset, k, 0, yes, no);
        }

        Step atLeast(int offset, int k, Step yes, Step no) {
            return k == 0 ? yes : test(Test.AT_LEAST, offset, k, 0, yes, no);
        }

        /** Tests whether a word is in a set that is not a range, with as few instructions as it takes. */
        Step in(int offset, WordSet cube, Step yes, Step no) {
            if (cube.second() == 0) {
                return test(Test.ANY_BIT, offset, cube.first(), 0, no, yes);
            }
            if (Integer.bitCount(cube.first()) == 1) {
                return test(Test.ANY_BIT, offset, cube.first(), 0, yes, no);
            }
            return test(Test.MASKED, offset, cube.first(), cube.second(), yes, no);
        }
    }
}
