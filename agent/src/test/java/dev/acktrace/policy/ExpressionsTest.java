package dev.acktrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.acktrace.syscall.Abi;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "socket; 99 0 0; true",
                "socket: domain == AF_UNIX; 1 0 0; true",
                "socket: domain == AF_UNIX; 2 0 0; false",
                "socket: family == AF_UNIX; 0xdead00000001 0 0; true",
                "socket: domain == AF_INET && type & SOCK_CLOEXEC; 2 0x80001 0; true",
                "socket: domain == AF_INET && type & SOCK_CLOEXEC; 2 1 0; false",
                "socket: (type & ~(SOCK_CLOEXEC)) == SOCK_STREAM; 2 0x80001 0; error",
                "socket: (type & ~SOCK_CLOEXEC) == SOCK_STREAM; 2 0x80001 0; true",
                "socket: (type & ~SOCK_CLOEXEC) == SOCK_STREAM; 2 0x80002 0; false",
                "ioctl: cmd in {TCGETS, TIOCGWINSZ}; 1 0x5413 0; true",
                "ioctl: cmd in {TCGETS, TIOCGWINSZ}; 1 0x5414 0; false",
                "ioctl: !(cmd in {TCGETS, TIOCGWINSZ}); 1 0x5413 0; false",
                "ioctl: !(cmd in {TCGETS, TIOCGWINSZ}); 1 0x5414 0; true",
                "mmap: !(prot & PROT_EXEC); 0 0 3; true",
                "mmap: !(prot & PROT_EXEC); 0 0 5; false",
                "mmap: prot & (PROT_EXEC); 0 0 5; error",
                "mmap: prot & PROT_EXEC|PROT_WRITE; 0 0 2; true",
                "mmap: prot & PROT_EXEC|PROT_WRITE; 0 0 1; false",
                "mmap: !(prot & PROT_EXEC && prot & PROT_WRITE); 0 0 7; false",
                "mmap: !(prot & PROT_EXEC && prot & PROT_WRITE); 0 0 5; true",
                "mmap: !(prot & PROT_EXEC || prot & PROT_WRITE); 0 0 4; false",
                "personality: persona == -1; 0xffffffff; true",
                "personality: persona == -1; 0xffffffffffffffff; true",
                "openat: dirfd == AT_FDCWD; -100; true",
                "lseek: offset > 0x100000000 && whence != SEEK_END; 1 0x100000001 0; true",
                "lseek: !(offset > 0x100000000); 1 0x100000000 0; true",
                "lseek: offset <= 017; 1 15 0; true",
                "read: arg2 < 10; 0 0 9; true",
                "read: (arg2 < 10 || arg2 == 100) && !(arg0 == 1); 0 0 100; true",
                "read: (arg2 < 10 || arg2 == 100) && !(arg0 == 1); 1 0 100; false",
            })
    void expressions_mean_what_they_say(String text, String arguments, String expected) throws ExpressionException {
        long[] values = Arrays.stream(arguments.split(" "))
                .mapToLong(word ->
                        word.startsWith("0x") ? Long.parseUnsignedLong(word.substring(2), 16) : Long.decode(word))
                .toArray();
        if (expected.equals("error")) {
            assertThat(catchThrowableOfType(ExpressionException.class, () -> Expressions.rule(text, Abi.X86_64)))
                    .isNotNull();
            return;
        }
        Expressions.Selection selection = Expressions.rule(text, Abi.X86_64);
        SeccompData call = SeccompData.of(Abi.X86_64, 0, values);
        boolean holds = selection.alternatives().stream().anyMatch(condition -> condition.test(call));
        assertThat(holds).isEqualTo(Boolean.parseBoolean(expected));
        assertThat(selection.rules(Action.ALLOW)).hasSameSizeAs(selection.alternatives());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "sockt: domain == 1; 1; no call",
                "socket domain; 8; ':' is needed",
                "socket: domian == AF_UNIX; 9; no argument 'domian'",
                "socket: domain == AF_UNX; 19; known constant",
                "socket: domain ==; 18; value is missing",
                "socket: domain == 1 type == 2; 21; ends before 'type'",
                "socket: (domain == 1; 21; ')' is needed",
                "socket: domain == 0x100000000; 19; 32 bits",
                "socket: domain in {1 2}; 22; '}' is needed",
                "socket: domain $ 1; 16; has no meaning",
                "socket: domain & 1 < 2; 20; ordered",
                "socket: domain < 0; 9; no call can pass",
                "socket:; 8; name of an argument is missing",
            })
    void errors_point_at_the_column(String text, int column, String problem) {
        ExpressionException failure =
                catchThrowableOfType(ExpressionException.class, () -> Expressions.rule(text, Abi.X86_64));
        assertThat(failure.problem()).contains(problem);
        assertThat(failure.column()).isEqualTo(column);
        assertThat(failure.remedy()).isNotBlank();
    }

    @Test
    void garbage_is_refused_and_nothing_else_happens() {
        Random random = new Random(8);
        String[] words = {
            "socket", ":", "domain", "==", "(", ")", "!", "&&", "||", "&", "|", "1", "AF_UNIX", "in", "{", "}", ",",
            "~", "-", "<"
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "socket: " : "");
            for (int j = random.nextInt(12); j > 0; j--) {
                text.append(words[random.nextInt(words.length)]).append(random.nextBoolean() ? " " : "");
            }
            try {
                Expressions.rule(text.toString(), Abi.X86_64);
            } catch (ExpressionException expected) {
                assertThat(expected.column()).isBetween(1, text.length() + 1);
            }
        }
        assertThat(catchThrowableOfType(
                        ExpressionException.class,
                        () -> Expressions.rule("socket: " + "!(".repeat(5000) + "domain", Abi.X86_64)))
                .isNotNull();
    }

    @Test
    void a_number_in_the_name_of_the_manual_page_is_not_the_index() throws ExpressionException {
        assertThat(Expressions.condition("prctl", "arg2 == 1", Abi.X86_64)
                        .get(0)
                        .comparisons())
                .extracting(Comparison::index)
                .containsExactly(1);
        assertThat(Expressions.condition("prctl", "argument2 == 1", Abi.X86_64)
                        .get(0)
                        .comparisons())
                .extracting(Comparison::index)
                .containsExactly(2);
        assertThat(Expressions.condition("prctl", "arg0 == 1", Abi.X86_64)
                        .get(0)
                        .comparisons())
                .extracting(Comparison::index)
                .containsExactly(0);
    }

    @Test
    void a_width_before_an_argument_is_the_one_that_counts() throws ExpressionException {
        for (String text : List.of("(u64)cmd == 5", "((u64)cmd & 7) == 5", "((u64)cmd == 5)", "!((u64)cmd == 5)")) {
            assertThat(Expressions.condition("ioctl", text, Abi.X86_64).get(0).comparisons())
                    .extracting(Comparison::bits)
                    .containsExactly(64);
        }
        assertThat(Expressions.condition("ioctl", "(u32)arg > 5", Abi.X86_64)
                        .get(0)
                        .comparisons())
                .extracting(Comparison::bits)
                .containsExactly(32);
    }
}
