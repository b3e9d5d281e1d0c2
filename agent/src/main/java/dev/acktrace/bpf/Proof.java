package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import java.util.Optional;

/**
 * Compares a program with a plan for all inputs. Both become functions in one diagram, in which equal functions are
 * the same object; where they differ, a call that shows it is found. If the program goes by architecture and number
 * by comparing them, each number is followed to where arguments are looked at, and only what is there becomes a
 * function.
 */
public final class Proof {
    private Proof() {}

    /**
     * A call on which a program and a plan disagree.
     *
     * @param call the call
     * @param planned what the plan answers
     * @param actual the word that the program returns
     */
    public record Difference(SeccompData call, Action planned, int actual) {
        @Override
        public String toString() {
            return call + ": " + planned + " is planned, the program returns 0x%08x".formatted(actual);
        }
    }

    /**
     * Where a program is not what a plan says; empty if they agree on every call.
     *
     * @throws TooComplex if the cases are too many, or the program computes what has no simple inverse
     */
    public static Optional<Difference> difference(Program program, Plan plan) {
        Optional<ProgramCheck.Rejection> rejection = ProgramCheck.check(program);
        if (rejection.isPresent()) {
            throw new IllegalArgumentException("the kernel refuses the program: " + rejection.get());
        }
        SectionProof quick = new SectionProof(program, plan);
        return quick.applies() ? quick.difference() : whole(program, plan);
    }

    /** Architecture and number as words like all others: for programs that go by them in ways of their own. */
    static Optional<Difference> whole(Program program, Plan plan) {
        Diagram diagram = new Diagram();
        PlanDiagram planned = new PlanDiagram(diagram, plan);
        ProgramDiagram actual = new ProgramDiagram(diagram, program);
        planned.declare();
        actual.declare();
        Diagram.Node left = planned.build();
        Diagram.Node right = actual.build();
        if (left == right) {
            return Optional.empty();
        }
        return Optional.of(new Search(diagram, 0, 0).find(left, right));
    }

    /** Looks for a call on which two different functions differ. */
    static final class Search {
        private final Diagram diagram;
        private final int[] words = new int[Word.COUNT];

        /** A search that begins behind architecture and number. */
        Search(Diagram diagram, int arch, int number) {
            this.diagram = diagram;
            words[Word.ARCH] = arch;
            words[Word.NUMBER] = number;
        }

        Difference find(Diagram.Node left, Diagram.Node right) {
            Diagram.Node a = left;
            Diagram.Node b = right;
            while (!a.leaf() || !b.leaf()) {
                int word = Math.min(a.word, b.word);
                int classes = diagram.domain(word).classes();
                for (int i = 0; i < classes; i++) {
                    Diagram.Node kidA = a.word == word ? a.kids[i] : a;
                    Diagram.Node kidB = b.word == word ? b.kids[i] : b;
                    if (kidA != kidB) {
                        words[word] = diagram.domain(word).representative(i);
                        a = kidA;
                        b = kidB;
                        break;
                    }
                }
            }
            return new Difference(call(), Action.ofWord(a.answer), b.answer);
        }

        private SeccompData call() {
            boolean littleEndian = SeccompData.littleEndian(words[Word.ARCH]);
            long[] arguments = new long[6];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = wide(words[Word.high(i, littleEndian)], words[Word.low(i, littleEndian)]);
            }
            int first = words[Word.ofOffset(8)];
            int second = words[Word.ofOffset(12)];
            long pointer = littleEndian ? wide(second, first) : wide(first, second);
            return new SeccompData(words[Word.ARCH], words[Word.NUMBER], pointer, arguments);
        }

        private static long wide(int high, int low) {
            return Integer.toUnsignedLong(high) << 32 | Integer.toUnsignedLong(low);
        }
    }
}
