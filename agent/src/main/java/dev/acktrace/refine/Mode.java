package dev.acktrace.refine;

import java.util.Locale;
import java.util.Optional;

/** What happens to a call that neither the policy nor a decision knows. */
public enum Mode {
    /** It is executed and noted. */
    LEARN("executed and noted"),
    /** Its thread waits until somebody has decided. */
    ASK("its thread waits for an answer"),
    /** It is refused and noted. */
    ENFORCE("refused and noted");

    private final String meaning;

    Mode(String meaning) {
        this.meaning = meaning;
    }

    /** What becomes of an unknown call, in a few words. */
    public String meaning() {
        return meaning;
    }

    /** Name on command lines. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** By its name on command lines. */
    public static Optional<Mode> parse(String word) {
        for (Mode mode : values()) {
            if (mode.label().equals(word)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
