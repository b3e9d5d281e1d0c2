import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Adds up Surefire's reports and TAP files: one line for each test that failed or was skipped, with its reason, then a
 * line {@code PASSED FAILED SKIPPED}.
 *
 * <p>Usage: {@code java config/Results.java DIRECTORY-OR-TAP-FILE…}. A directory is searched for {@code TEST-*.xml}.
 */
public final class Results {
    private static int passed;
    private static int failed;
    private static int skipped;

    private Results() {}

    public static void main(String[] arguments) throws IOException, ParserConfigurationException, SAXException {
        for (String argument : arguments) {
            Path path = Path.of(argument);
            if (Files.isDirectory(path)) {
                for (Path report : reports(path)) {
                    surefire(report);
                }
            } else if (Files.exists(path)) {
                tap(path);
            }
        }
        System.out.println(passed + " " + failed + " " + skipped);
    }

    private static List<Path> reports(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .sorted()
                    .toList();
        }
    }

    private static void surefire(Path report) throws IOException, ParserConfigurationException, SAXException {
        NodeList tests = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(report.toFile())
                .getElementsByTagName("testcase");
        for (int i = 0; i < tests.getLength(); i++) {
            Element test = (Element) tests.item(i);
            String type = test.getAttribute("classname");
            String name = type.substring(type.lastIndexOf('.') + 1) + "." + test.getAttribute("name");
            NodeList skip = test.getElementsByTagName("skipped");
            if (skip.getLength() > 0) {
                skipped++;
                System.out.println("  skipped " + name + ": " + ((Element) skip.item(0)).getAttribute("message"));
            } else if (test.getElementsByTagName("failure").getLength() > 0
                    || test.getElementsByTagName("error").getLength() > 0) {
                failed++;
                System.out.println("  failed " + name);
            } else {
                passed++;
            }
        }
    }

    private static void tap(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("not ok ")) {
                failed++;
                System.out.println("  failed " + line.substring("not ok ".length()));
            } else if (line.startsWith("ok ") && line.contains("# SKIP")) {
                skipped++;
                System.out.println("  skipped " + line.substring("ok ".length()));
            } else if (line.startsWith("ok ")) {
                passed++;
            }
        }
    }
}
