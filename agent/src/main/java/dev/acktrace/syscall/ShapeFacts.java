package dev.acktrace.syscall;

import java.util.List;

/**
 * What of a call belongs to its shape, and which of its arguments are texts.
 *
 * @param masks six masks: the bits of each argument that make two calls different
 * @param texts six kinds: {@link ArgumentKind#PATH}, {@link ArgumentKind#SOCKADDR}, or {@link ArgumentKind#OTHER}
 *     for an argument that is not a text
 * @param lengths six indexes: for a socket address the argument that holds its length, else 0
 */
public record ShapeFacts(List<Long> masks, List<ArgumentKind> texts, List<Integer> lengths) {
    /** How many arguments a call has at most. */
    public static final int ARGUMENTS = 6;

    public ShapeFacts {
        masks = List.copyOf(masks);
        texts = List.copyOf(texts);
        lengths = List.copyOf(lengths);
    }

    /** Bits of an argument that belong to the shape; 0 if none. */
    public long mask(int index) {
        return masks.get(index);
    }
}
