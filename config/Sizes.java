import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Holds the length of files and functions, in lines: Java 600 and 60, C 700 and 100. Prints the ten longest of each
 * kind, so that growth is seen before it hurts; ends with 1 when something is over its cap.
 *
 * <p>Usage: {@code java config/Sizes.java DIRECTORY…}. Folders named {@code target} or {@code build} are not read.
 */
public final class Sizes {
    private static final int LONGEST_SHOWN = 10;

    private record Piece(String name, int lines) {}

    private record Kind(String title, int cap, List<Piece> pieces) {
        Kind(String title, int cap) {
            this(title, cap, new ArrayList<>());
        }

        boolean print() {
            pieces.sort(Comparator.comparingInt(Piece::lines).reversed());
            System.out.println("longest " + title + " (cap " + cap + ", " + pieces.size() + " in all):");
            pieces.stream()
                    .limit(Math.max(LONGEST_SHOWN, pieces.stream().filter(this::over).count()))
                    .forEach(piece -> System.out.printf(
                            "  %5d %s%s%n", piece.lines(), piece.name(), over(piece) ? "  OVER THE CAP" : ""));
            return pieces.stream().noneMatch(this::over);
        }

        private boolean over(Piece piece) {
            return piece.lines() > cap;
        }
    }

    private static final Kind JAVA_FILES = new Kind("Java files", 600);
    private static final Kind JAVA_METHODS = new Kind("Java methods", 60);
    private static final Kind C_FILES = new Kind("C files", 700);
    private static final Kind C_FUNCTIONS = new Kind("C functions", 100);

    private Sizes() {}

    public static void main(String[] roots) throws IOException {
        List<Path> java = new ArrayList<>();
        for (String root : roots) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                for (Path file : files.filter(Sizes::isSource).sorted().toList()) {
                    if (file.toString().endsWith(".java")) {
                        java.add(file);
                        JAVA_FILES.pieces().add(new Piece(file.toString(), lines(file).size()));
                    } else {
                        C_FILES.pieces().add(new Piece(file.toString(), lines(file).size()));
                        functions(file, lines(file));
                    }
                }
            }
        }
        methods(java);
        boolean fine = true;
        for (Kind kind : List.of(JAVA_FILES, JAVA_METHODS, C_FILES, C_FUNCTIONS)) {
            fine &= kind.print();
        }
        System.exit(fine ? 0 : 1);
    }

    private static boolean isSource(Path file) {
        for (Path part : file) {
            if (part.toString().equals("target") || part.toString().equals("build")) {
                return false;
            }
        }
        String name = file.toString();
        return name.endsWith(".java") || name.endsWith(".c") || name.endsWith(".h");
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file);
    }

    /** A function's body opens and closes in the first column: the C formatter sees to that. */
    private static void functions(Path file, List<String> lines) {
        int open = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).equals("{")) {
                open = i;
            } else if (open > 0 && lines.get(i).startsWith("}")) {
                C_FUNCTIONS.pieces().add(new Piece(file + ":" + open + " " + lines.get(open - 1).strip(), i - open + 2));
                open = -1;
            }
        }
    }

    private static void methods(List<Path> files) throws IOException {
        if (files.isEmpty()) {
            return;
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
        JavacTask task = (JavacTask) compiler.getTask(
                null, manager, diagnostic -> {}, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        for (CompilationUnitTree unit : task.parse()) {
            Path file = Path.of("").toAbsolutePath().relativize(Path.of(unit.getSourceFile().toUri()));
            unit.accept(new Measure(unit, positions, file.toString()), "");
        }
    }

    private static final class Measure extends TreeScanner<Void, String> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final String file;

        Measure(CompilationUnitTree unit, SourcePositions positions, String file) {
            this.unit = unit;
            this.positions = positions;
            this.file = file;
        }

        @Override
        public Void visitClass(ClassTree type, String owner) {
            return super.visitClass(type, type.getSimpleName() + ".");
        }

        @Override
        public Void visitMethod(MethodTree method, String owner) {
            if (method.getBody() != null) {
                long first = line(positions.getStartPosition(unit, method));
                long last = line(positions.getEndPosition(unit, method));
                JAVA_METHODS.pieces().add(
                        new Piece(file + ":" + first + " " + owner + method.getName(), (int) (last - first + 1)));
            }
            return super.visitMethod(method, owner);
        }

        private long line(long position) {
            return unit.getLineMap().getLineNumber(position);
        }
    }
}
