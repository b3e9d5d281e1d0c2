package dev.acktrace.cli.repl;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** Names of signals, signal(7), as x86 and ARM number them. */
final class Signals {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");

    /** SIGKILL. */
    static final int KILL = 9;

    private static final int LAST = 64;

    private Signals() {}

    /** The number of {@code TERM}, {@code SIGTERM} or {@code 15}. */
    static OptionalInt parse(String text) {
        String name = text.toUpperCase(Locale.ROOT);
        int index = NAMES.indexOf(name.startsWith("SIG") ? name.substring(3) : name);
        if (index >= 0) {
            return OptionalInt.of(index + 1);
        }
        if (!text.matches("[0-9]{1,2}")) {
            return OptionalInt.empty();
        }
        int number = Integer.parseInt(text);
        return number >= 1 && number <= LAST ? OptionalInt.of(number) : OptionalInt.empty();
    }

    /** {@code SIGTERM}, or {@code signal 40}. */
    static String name(int number) {
        return number >= 1 && number <= NAMES.size() ? "SIG" + NAMES.get(number - 1) : "signal " + number;
    }

    /** All names, without SIG. */
    static List<String> names() {
        return NAMES;
    }
}
