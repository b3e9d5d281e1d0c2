import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds what the texts of the tree say of the tree: links between Markdown files lead somewhere, headings included;
 * commands in fenced blocks name programs that exist; no file names a home directory or a workplace.
 *
 * <p>Usage: {@code java config/Documents.java FILE…}, from the top of the tree. Prints one line a finding and ends with
 * 1 when there is any.
 */
public final class Documents {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?)\\s*$");
    private static final Pattern MESSAGE = Pattern.compile("^### `(.*)`$");
    private static final Pattern COMMAND = Pattern.compile("^(?:\\$ |# )?(?:sudo )?(\\./[\\w./-]+|bench/[\\w-]+)(?=\\s|$).*");
    private static final Pattern PLACE = Pattern.compile("(?<![\\w.~*-])/(?:root|work|home/(?!user\\b)[a-z]+)/[\\w.-]+");

    private static final List<String> FINDINGS = new ArrayList<>();
    private static final StringBuilder SOURCES = new StringBuilder();

    private Documents() {}

    public static void main(String[] files) throws IOException {
        for (String name : files) {
            Path file = Path.of(name);
            if (!Files.isRegularFile(file)) {
                continue;
            }
            List<String> lines;
            try {
                lines = Files.readAllLines(file);
            } catch (MalformedInputException notText) {
                continue;
            }
            places(file, lines);
            if (name.endsWith(".md")) {
                markdown(file, lines);
            } else {
                SOURCES.append(String.join("\n", lines)).append('\n');
            }
        }
        messages(Path.of("docs/TROUBLESHOOTING.md"));
        FINDINGS.forEach(System.out::println);
        System.exit(FINDINGS.isEmpty() ? 0 : 1);
    }

    private static void places(Path file, List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            Matcher place = PLACE.matcher(lines.get(i));
            if (place.find()) {
                finding(file, i, "names a path of one machine: " + place.group());
            }
        }
    }

    private static void markdown(Path file, List<String> lines) throws IOException {
        boolean fenced = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.strip().startsWith("```")) {
                fenced = !fenced;
            } else if (fenced) {
                command(file, i, line.strip());
            } else {
                links(file, i, line);
            }
        }
        if (fenced) {
            finding(file, lines.size() - 1, "a fenced block is not closed");
        }
    }

    private static void command(Path file, int line, String text) {
        Matcher command = COMMAND.matcher(text);
        if (command.matches() && !Files.isExecutable(Path.of(command.group(1)))) {
            finding(file, line, "no such command: " + command.group(1));
        }
    }

    private static void links(Path file, int line, String text) throws IOException {
        Matcher link = LINK.matcher(text);
        while (link.find()) {
            String[] parts = link.group(1).split("#", 2);
            if (parts[0].contains("://") || parts[0].startsWith("mailto:")) {
                continue;
            }
            Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]).normalize();
            if (!Files.exists(target)) {
                finding(file, line, "link to nothing: " + link.group(1));
            } else if (parts.length == 2 && target.toString().endsWith(".md") && !anchors(target).contains(parts[1])) {
                finding(file, line, "link to a heading that is not there: " + link.group(1));
            }
        }
    }

    /** A heading that begins with a message in backquotes must be one that a source can print, part by part. */
    private static void messages(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            Matcher message = MESSAGE.matcher(lines.get(i));
            if (message.matches()) {
                for (String part : message.group(1).split("[…:'()]")) {
                    String literal = part.strip();
                    if (literal.length() > 2 && SOURCES.indexOf(literal) < 0) {
                        finding(file, i, "no source prints this: " + literal);
                    }
                }
            }
        }
    }

    /** The names that GitHub gives to headings: lower case, spaces as hyphens, other punctuation left out. */
    private static List<String> anchors(Path file) throws IOException {
        List<String> anchors = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                anchors.add(heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'));
            }
        }
        return anchors;
    }

    private static void finding(Path file, int line, String what) {
        FINDINGS.add(file + ":" + (line + 1) + ": " + what);
    }
}
