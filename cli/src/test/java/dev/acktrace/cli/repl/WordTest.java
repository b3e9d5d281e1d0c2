package dev.acktrace.cli.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WordTest {
    private static List<String> texts(String line) throws LineError {
        return Word.split(line).stream().map(Word::text).toList();
    }

    @Test
    void blanks_part_words_and_quotes_hold_them_together() throws LineError {
        assertThat(texts("  run  -- 'a b' \"c \\\" d\" e\\ f  ")).containsExactly("run", "--", "a b", "c \" d", "e f");
    }

    @Test
    void a_comment_begins_at_a_word_and_not_within_one() throws LineError {
        assertThat(texts("seen a#b # rest")).containsExactly("seen", "a#b");
        assertThat(texts("# nothing")).isEmpty();
    }

    @Test
    void a_number_sign_before_digits_names_a_decision() throws LineError {
        assertThat(texts("note #2 text # comment")).containsExactly("note", "#2", "text");
    }

    @Test
    void columns_count_from_one() throws LineError {
        assertThat(Word.split("  a 'b'").stream().map(Word::column)).containsExactly(3, 5);
    }

    @Test
    void an_open_quote_is_named_where_it_was_opened() {
        LineError error = catchThrowableOfType(LineError.class, () -> Word.split("run 'ls"));
        assertThat(error.column()).isEqualTo(5);
        assertThatThrownBy(() -> Word.split("run a\"b")).isInstanceOf(LineError.class);
    }

    @Test
    void no_line_makes_anything_but_words_or_an_error() {
        Random random = new Random(5);
        String alphabet = "ab '\"\\#-\t\u00e4";
        int words = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder line = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                line.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                words += Word.split(line.toString()).size();
            } catch (LineError e) {
                assertThat(e.column()).isBetween(1, line.length() + 1);
            }
        }
        assertThat(words).isPositive();
    }
}
