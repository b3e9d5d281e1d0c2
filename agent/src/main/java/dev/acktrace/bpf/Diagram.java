package dev.acktrace.bpf;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Functions from {@code seccomp_data} to a filter's answer, as decision diagrams over the classes of {@link Domain}s.
 * Equal functions are the same object: that is what proofs rest on. All sets must be in the domains before the first
 * node is made.
 */
final class Diagram {
    private static final int MAX_NODES = 400_000;

    private final @Nullable Domain[] domains = new Domain[Word.COUNT];
    private final Map<Integer, Node> leaves = new HashMap<>();
    private final Map<Key, Node> branches = new HashMap<>();

    /** An answer, or a choice by the class of a word. */
    static final class Node {
        /** The word that is looked at; {@link Word#COUNT} for an answer. */
        final int word;

        /** The answer. */
        final int answer;

        /** What follows for each class. */
        final Node[] kids;

        private Node(int word, int answer, Node[] kids) {
            this.word = word;
            this.answer = answer;
            this.kids = kids;
        }

        boolean leaf() {
            return word == Word.COUNT;
        }
    }

    /** What makes two choices the same. Nodes are compared by identity. */
    private static final class Key {
        private final int word;
        private final Node[] kids;
        private final int hash;

        Key(int word, Node[] kids) {
            this.word = word;
            this.kids = kids;
            this.hash = Arrays.hashCode(kids) * 31 + word;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && word == that.word && Arrays.equals(kids, that.kids);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private record Pair(Node left, Node right) {}

    Domain domain(int word) {
        Domain domain = domains[word];
        if (domain == null) {
            domain = new Domain();
            domains[word] = domain;
        }
        return domain;
    }

    Node leaf(int answer) {
        return leaves.computeIfAbsent(answer, key -> new Node(Word.COUNT, key, new Node[0]));
    }

    Node branch(int word, Node[] kids) {
        Node first = kids[0];
        boolean same = true;
        for (Node kid : kids) {
            same &= kid == first;
        }
        if (same) {
            return first;
        }
        if (branches.size() > MAX_NODES) {
            throw new TooComplex("more than " + MAX_NODES + " cases");
        }
        return branches.computeIfAbsent(new Key(word, kids), key -> new Node(word, 0, kids));
    }

    /** The function that is one where a word is in a set, and another elsewhere. */
    Node choose(int word, WordSet set, Node inside, Node outside) {
        return set.all() || inside == outside ? inside : new Choice(word, set::contains).of(inside, outside);
    }

    /** As {@link #choose}, for several words at once. */
    Node chooseAny(int word, Set<Integer> words, Node inside, Node outside) {
        return inside == outside ? inside : new Choice(word, words::contains).of(inside, outside);
    }

    /** One use of {@link #choose}, with its memory. */
    private final class Choice {
        private final int word;
        private final IntPredicate set;
        private @Nullable Map<Pair, Node> done;

        Choice(int word, IntPredicate set) {
            this.word = word;
            this.set = set;
        }

        Node of(Node inside, Node outside) {
            if (inside == outside) {
                return inside;
            }
            int top = Math.min(word, Math.min(inside.word, outside.word));
            if (top == word) {
                return here(inside, outside);
            }
            if (done == null) {
                done = new HashMap<>();
            }
            Pair pair = new Pair(inside, outside);
            Node known = done.get(pair);
            if (known == null) {
                known = above(top, inside, outside);
                done.put(pair, known);
            }
            return known;
        }

        private Node here(Node inside, Node outside) {
            Domain domain = domain(word);
            Node[] kids = new Node[domain.classes()];
            for (int i = 0; i < kids.length; i++) {
                Node from = set.test(domain.representative(i)) ? inside : outside;
                kids[i] = from.word == word ? from.kids[i] : from;
            }
            return branch(word, kids);
        }

        private Node above(int top, Node inside, Node outside) {
            Node[] kids = new Node[domain(top).classes()];
            for (int i = 0; i < kids.length; i++) {
                kids[i] = of(
                        inside.word == top ? inside.kids[i] : inside, outside.word == top ? outside.kids[i] : outside);
            }
            return branch(top, kids);
        }
    }
}
