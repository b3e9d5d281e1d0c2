package dev.acktrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.cli.output.Console;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The rules that hold for every command line. */
class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return Main.run(arguments, new Console(out, err));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void no_command_is_wrong_usage_and_shows_the_help() {
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(out()).isEmpty();
        assertThat(err()).startsWith("Usage: acktrace");
    }

    @Test
    void an_unknown_command_is_named_with_what_to_do() {
        assertThat(run("lern")).isEqualTo(ExitCode.USAGE);
        assertThat(out()).isEmpty();
        assertThat(err())
                .isEqualTo(
                        "acktrace: wrong usage: no command 'lern'\n          'acktrace --help' lists the commands.\n");
    }

    @Test
    void the_version_is_one_line_on_standard_output() {
        assertThat(run("--version")).isZero();
        assertThat(out()).startsWith("acktrace ").endsWith("\n").hasLineCount(1);
        assertThat(err()).isEmpty();
    }

    @Test
    void color_is_taken_before_the_command_too() {
        assertThat(run("--color=always", "nothing")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).startsWith("\u001b[31macktrace:\u001b[0m");
    }

    @Test
    void a_wrong_color_is_wrong_usage() {
        assertThat(run("--color", "pink", "--version")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("--color takes auto, always or never");
    }

    @Test
    void the_help_names_every_command() {
        assertThat(run("--help")).isZero();
        for (Commands.Entry entry : Commands.entries()) {
            assertThat(out()).contains("\n  " + entry.name() + " ");
        }
        assertThat(out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }

    static Stream<String> commands() {
        return Commands.entries().stream().map(Commands.Entry::name);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("commands")
    void the_help_of_a_command_has_a_summary_and_an_example(String name) {
        assertThat(run(name, "--help")).isZero();
        assertThat(out()).startsWith("Usage: acktrace " + name).contains("Example");
        assertThat(out()).contains("  acktrace " + name);
        assertThat(err()).isEmpty();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("commands")
    void an_unknown_option_is_wrong_usage_of_that_command(String name) {
        assertThat(run(name, "--no-such-option")).isEqualTo(ExitCode.USAGE);
        assertThat(out()).isEmpty();
        assertThat(err())
                .startsWith("acktrace: " + name + ": wrong usage: ")
                .contains("--no-such-option")
                .contains("'acktrace " + name + " --help'");
    }

    @Test
    void what_stands_below_the_options_fits_80_columns() {
        for (CommandLine command :
                Commands.tree(new Console(out, err)).getSubcommands().values()) {
            assertThat(command.getCommandSpec().usageMessage().footer())
                    .as(command.getCommandName())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
        }
    }

    @Test
    void every_option_of_every_command_has_a_description() {
        for (CommandLine command :
                Commands.tree(new Console(out, err)).getSubcommands().values()) {
            assertThat(command.getCommandSpec().options())
                    .allSatisfy(option -> assertThat(option.description())
                            .as(command.getCommandName() + " " + option.longestName())
                            .isNotEmpty());
        }
    }
}
