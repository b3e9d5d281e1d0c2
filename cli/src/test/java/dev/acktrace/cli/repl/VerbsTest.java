package dev.acktrace.cli.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.acktrace.cli.output.Palette;
import dev.acktrace.refine.Decision;
import dev.acktrace.refine.ShapeView;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every verb. */
class VerbsTest {
    private static final CompletionSource SOURCE = new CompletionSource() {
        @Override
        public List<ShapeView> shapes() {
            return List.of();
        }

        @Override
        public List<Decision> decisions() {
            return List.of(new Decision(4, 0, "tester", false, List.of(), List.of(), "", ""));
        }

        @Override
        public List<String> phases() {
            return List.of("start", "serving");
        }

        @Override
        public Map<String, String> settings() {
            return new Settings("pty").all();
        }
    };

    static Stream<Verb> verbs() {
        return Verbs.list().stream();
    }

    private static Arguments parse(String line) throws LineError {
        List<Word> words = Word.split(line);
        return new Arguments(Verbs.find(words.get(0)), line, words);
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void its_help_shows_an_example_that_can_be_typed(Verb verb) throws LineError {
        assertThat(SessionVerbs.help(Palette.of(false), verb))
                .contains(verb.synopsis(), verb.summary(), verb.example());
        assertThat(Verbs.find(Word.split(verb.example()).get(0))).isSameAs(verb);
        assertThat(parse(verb.example())).isNotNull();
        assertThat(verb.synopsis()).startsWith(verb.name());
        assertThat(verb.summary()).doesNotEndWith(".").isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void a_wrong_line_is_an_error_with_its_column(Verb verb) {
        String line = verb.name() + " --no-such-option";
        LineError error = catchThrowableOfType(LineError.class, () -> parse(line));
        assertThat(error.column()).isEqualTo(verb.name().length() + 2);
        assertThat(error.remedy()).contains(verb.synopsis());
        if (verb.most() < 20) {
            String tooMuch = verb.name() + " x".repeat(verb.most() + 1);
            LineError many = catchThrowableOfType(LineError.class, () -> parse(tooMuch));
            assertThat(many.column()).isEqualTo(tooMuch.length());
        }
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void every_place_is_completed_with_what_can_stand_there(Verb verb) {
        VerbCompleter completer = new VerbCompleter(SOURCE);
        assertThat(completer.choices(List.of(), verb.name()))
                .anyMatch(choice ->
                        choice.text().equals(verb.name()) && choice.about().equals(verb.summary()));
        for (Verb.Option option : verb.options()) {
            assertThat(completer.choices(List.of(verb.name()), "--"))
                    .anyMatch(choice -> choice.text().equals(option.name())
                            && choice.about().equals(option.summary()));
        }
        assertThat(verb.completions().isEmpty())
                .as("what can stand behind it is known")
                .isEqualTo(verb.most() == 0);
        if (!verb.completions().isEmpty()) {
            List<VerbCompleter.Choice> choices = completer.choices(List.of(verb.name()), "");
            switch (verb.completions().get(0)) {
                case NONE, SEEN_CALL, IMAGE, FILE, PROGRAM ->
                    assertThat(choices).doesNotContainNull();
                default -> assertThat(choices).isNotEmpty();
            }
        }
    }

    @Test
    void system_calls_are_completed_with_their_arguments_and_what_they_are_about() {
        assertThat(new VerbCompleter(SOURCE).choices(List.of("allow"), "conn"))
                .anyMatch(choice ->
                        choice.text().equals("connect") && choice.about().contains("network"));
        assertThat(new VerbCompleter(SOURCE).choices(List.of("allow", "ioctl"), ""))
                .anyMatch(choice -> choice.text().equals("cmd"));
        assertThat(new VerbCompleter(SOURCE).choices(List.of("deny", "connect"), "ECONN"))
                .anyMatch(choice -> choice.text().equals("ECONNREFUSED"));
    }

    @Test
    void the_beginning_of_a_name_is_enough_if_there_is_only_one() throws LineError {
        assertThat(Verbs.find(new Word("hist", 1, false)).name()).isEqualTo("history");
        assertThatThrownBy(() -> Verbs.find(new Word("s", 1, false)))
                .isInstanceOf(LineError.class)
                .hasMessageContaining("save")
                .hasMessageContaining("seen");
        assertThatThrownBy(() -> Verbs.find(new Word("frobnicate", 1, false))).hasMessageContaining("no command");
    }

    @Test
    void words_of_a_target_are_not_taken_for_options() throws LineError {
        assertThat(parse("run -- ls --color -l").texts()).containsExactly("ls", "--color", "-l");
        assertThat(parse("run ls --color -- -l").texts()).containsExactly("ls", "--color", "--", "-l");
    }

    @Test
    void settings_take_only_values_that_mean_something() {
        Settings settings = new Settings("pty");
        assertThat(settings.set("tty", "share")).isEmpty();
        assertThat(settings.get("tty")).isEqualTo("share");
        assertThat(settings.set("tty", "window")).contains("share, pty, none or log:FILE");
        assertThat(settings.set("errno", "EWHAT")).contains("errno");
        assertThat(settings.set("color", "red")).startsWith("no setting");
    }
}
