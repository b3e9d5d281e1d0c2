package dev.acktrace.format;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A policy in a format, as a file holds it, and what that could not say. */
public final class Document {
    private final byte[] bytes;
    private final List<Loss> losses;

    /**
     * A file.
     *
     * @param bytes its content; UTF-8 if the format is text
     * @param losses empty if the file means exactly the policy
     */
    public Document(byte[] bytes, List<Loss> losses) {
        this.bytes = bytes.clone();
        this.losses = List.copyOf(losses);
    }

    static Document of(String text, Losses losses) {
        return new Document(text.getBytes(StandardCharsets.UTF_8), losses.list());
    }

    static Document of(Exported exported) {
        return new Document(exported.text().getBytes(StandardCharsets.UTF_8), exported.losses());
    }

    /** The file's content. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The file's content as text. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** What the file could not say. */
    public List<Loss> losses() {
        return losses;
    }

    /** Whether the file allows something that the policy does not. */
    public boolean widens() {
        return losses.stream().anyMatch(Loss::widens);
    }
}
