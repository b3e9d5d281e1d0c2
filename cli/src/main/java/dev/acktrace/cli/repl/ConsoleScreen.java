package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Palette;
import dev.acktrace.fault.Fault;

/** A session without a person: results on standard output, the rest on standard error. */
final class ConsoleScreen implements Screen {
    private static final int WIDTH = 100;

    private final Console console;
    private final boolean quiet;

    ConsoleScreen(Console console, boolean quiet) {
        this.console = console;
        this.quiet = quiet;
    }

    @Override
    public synchronized void print(String lines) {
        console.out(lines);
    }

    @Override
    public synchronized void notice(String line) {
        if (!quiet) {
            console.note(line);
        }
    }

    @Override
    public synchronized void fault(Fault fault) {
        console.fault(fault);
    }

    @Override
    public Palette palette() {
        return console.outPalette();
    }

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public boolean interactive() {
        return false;
    }

    @Override
    public void ask(ReplContext context) {
        // Nobody is there; 'answer' answers.
    }

    @Override
    public boolean confirm(String question, boolean otherwise) {
        return otherwise;
    }
}
