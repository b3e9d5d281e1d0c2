package dev.acktrace.cli.output;

/** The few colours there are. Colour never says anything that the text does not say. */
public final class Palette {
    private static final Palette PLAIN = new Palette(false);
    private static final Palette COLORED = new Palette(true);

    private final boolean colored;

    private Palette(boolean colored) {
        this.colored = colored;
    }

    /** The palette of a stream that gets colour, or not. */
    public static Palette of(boolean colored) {
        return colored ? COLORED : PLAIN;
    }

    /** Whether anything is coloured. */
    public boolean colored() {
        return colored;
    }

    /** A heading. */
    public String heading(String text) {
        return paint("1", text);
    }

    /** What went well or is allowed. */
    public String good(String text) {
        return paint("32", text);
    }

    /** What deserves a look. */
    public String warning(String text) {
        return paint("33", text);
    }

    /** What failed or is refused. */
    public String bad(String text) {
        return paint("31", text);
    }

    /** What may be skipped in reading. */
    public String faint(String text) {
        return paint("2", text);
    }

    private String paint(String code, String text) {
        return colored ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
