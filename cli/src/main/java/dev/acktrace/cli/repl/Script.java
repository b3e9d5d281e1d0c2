package dev.acktrace.cli.repl;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Lines that are carried out one after the other, until one fails. */
final class Script {
    /** Longest line, characters. */
    private static final int LONGEST = 65_536;

    private static final int DEEPEST = 16;
    private static int depth;

    private final ReplContext context;
    private final boolean keepGoing;
    private int failures;

    /**
     * A script.
     *
     * @param keepGoing whether to go on after a line that failed
     */
    Script(ReplContext context, boolean keepGoing) {
        this.context = context;
        this.keepGoing = keepGoing;
    }

    /** Carries out one line; failures are exceptions. */
    static void line(ReplContext context, String line) throws LineError, FaultException, InterruptedException {
        if (line.length() > LONGEST) {
            throw new LineError(LONGEST, "the line is longer than " + LONGEST + " characters", "Make it shorter.");
        }
        List<Word> words = Word.split(line);
        if (words.isEmpty()) {
            return;
        }
        Verb verb = Verbs.find(words.get(0));
        verb.action().run(context, new Arguments(verb, line, words));
    }

    /** Carries out a file from within another line. */
    void source(String file) throws FaultException, InterruptedException {
        if (depth >= DEEPEST) {
            throw new FaultException(
                    "cannot read '" + file + "'", "scripts call each other too deeply", "Take one 'source' out.");
        }
        depth++;
        try (BufferedReader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
            run(file, reader);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot read '" + file + "'",
                            AtomicFile.reason(e),
                            "Name a text file that exists and that you may read."),
                    e);
        } finally {
            depth--;
        }
    }

    /** Carries out lines of a stream; a failure is thrown with its place. */
    void run(String name, BufferedReader reader) throws IOException, FaultException, InterruptedException {
        int number = 1;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            try {
                line(context, line);
            } catch (LineError e) {
                failed(fault(name, number, e.column(), e.why(), e.remedy()));
            } catch (FaultException e) {
                Fault inner = e.fault();
                failed(fault(name, number, 1, inner.what() + ": " + inner.why(), inner.remedy()));
            }
            if (context.quitting().isPresent()) {
                return;
            }
            number++;
        }
    }

    private static Fault fault(String name, int line, int column, String why, String remedy) {
        return new Fault(name + ", line " + line + ", column " + column, why, remedy);
    }

    private void failed(Fault fault) throws FaultException {
        failures++;
        if (!keepGoing) {
            throw new FaultException(fault, null);
        }
        context.screen().fault(fault);
    }

    /** How many lines failed. */
    int failures() {
        return failures;
    }

    /** Standard input as lines. */
    static BufferedReader standardInput() {
        return new BufferedReader(
                new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8));
    }
}
