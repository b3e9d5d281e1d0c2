package dev.acktrace.cli;

import dev.acktrace.cli.output.Palette;
import dev.acktrace.cli.output.Table;

/** The help text of {@code acktrace} without a command. */
final class RootHelp {
    private RootHelp() {}

    /** Returns the text, ended by a newline. */
    static String text(Palette palette) {
        StringBuilder text = new StringBuilder("""
                Usage: acktrace [--color WHEN] COMMAND [OPTION…] [--] [ARGUMENT…]
                Learns which system calls a program needs and writes the smallest seccomp
                policy under which it still works.
                """);
        String group = "";
        Table table = new Table("ll");
        for (Commands.Entry entry : Commands.entries()) {
            if (!entry.group().equals(group)) {
                text.append(table.text("  "));
                table = new Table("ll");
                group = entry.group();
                text.append('\n').append(palette.heading(group)).append('\n');
            }
            table.row(entry.name(), entry.summary());
        }
        text.append(table.text("  "));
        text.append("""

                Examples:
                  acktrace learn -o ls.json -- ls -la /usr
                  acktrace run --policy ls.json -- ls -la /usr

                'acktrace COMMAND --help' tells more; 'acktrace --version' the version.
                """);
        return text.toString();
    }
}
