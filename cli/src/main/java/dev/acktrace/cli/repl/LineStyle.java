package dev.acktrace.cli.repl;

import java.util.regex.Pattern;
import org.jline.reader.Highlighter;
import org.jline.reader.LineReader;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Colours of the line that is being typed: a known verb, an unknown one, options, comments. */
final class LineStyle implements Highlighter {
    private static final AttributedStyle VERB = AttributedStyle.DEFAULT.bold();
    private static final AttributedStyle WRONG = AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
    private static final AttributedStyle OPTION = AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN);
    private static final AttributedStyle COMMENT = AttributedStyle.DEFAULT.faint();

    @Override
    public AttributedString highlight(LineReader reader, String line) {
        AttributedStringBuilder text = new AttributedStringBuilder();
        int from = 0;
        boolean first = true;
        while (from < line.length()) {
            int to = from;
            boolean blank = Character.isWhitespace(line.charAt(from));
            while (to < line.length() && Character.isWhitespace(line.charAt(to)) == blank) {
                to++;
            }
            String part = line.substring(from, to);
            if (!blank && part.startsWith("#") && (first || !part.matches("#[0-9]+"))) {
                return text.styled(COMMENT, line.substring(from)).toAttributedString();
            }
            text.styled(blank ? AttributedStyle.DEFAULT : style(part, first), part);
            first &= blank;
            from = to;
        }
        return text.toAttributedString();
    }

    private static AttributedStyle style(String word, boolean first) {
        if (first) {
            return Verbs.list().stream().anyMatch(verb -> verb.name().startsWith(word)) ? VERB : WRONG;
        }
        return word.startsWith("--") ? OPTION : AttributedStyle.DEFAULT;
    }

    @Override
    public void setErrorPattern(Pattern pattern) {
        // Nothing is marked as an error by others.
    }

    @Override
    public void setErrorIndex(int index) {
        // Nothing is marked as an error by others.
    }
}
