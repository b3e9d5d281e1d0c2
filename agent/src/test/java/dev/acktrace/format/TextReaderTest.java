package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies as people write them. */
class TextReaderTest {
    private static final String POLICY = """
            # what the service may do
            architectures: x86_64, x86
            default: ERRNO(ENOSYS)   # unknown
            flags: none

            ALLOW:
              read
              mmap: !(prot & PROT_EXEC)
              socket: domain in {AF_UNIX, AF_INET} && protocol == 0
              ioctl: (u64)cmd == TCGETS || ((u64)cmd & 0xffff) == 1
              _llseek [x86]
            KILL_PROCESS:  # never
            \tptrace
            """;

    private static Imported read(String text) throws FormatException {
        return PolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.txt", OciOptions.strict());
    }

    @ParameterizedTest
    @CsvSource({
        "x86_64, read, 0, 0, 0, ALLOW",
        "x86, read, 0, 0, 0, ALLOW",
        "x86_64, mmap, 0, 0, 3, ALLOW",
        "x86_64, mmap, 0, 0, 5, ERRNO(38)",
        "x86_64, socket, 2, 7, 0, ALLOW",
        "x86_64, socket, 16, 7, 0, ERRNO(38)",
        "x86_64, socket, 2, 7, 1, ERRNO(38)",
        "x86_64, ioctl, 0, 0x5401, 0, ALLOW",
        "x86_64, ioctl, 0, 0x100005401, 0, ERRNO(38)",
        "x86_64, ioctl, 0, 0x7700000001, 0, ALLOW",
        "x86, _llseek, 0, 0, 0, ALLOW",
        "x86_64, ptrace, 0, 0, 0, KILL_PROCESS",
    })
    void expressions_are_those_of_the_session(String arch, String call, String a, String b, String c, String expected)
            throws FormatException {
        Policy policy = read(POLICY).policy();
        Abi abi = Abi.ofAnyName(arch).orElseThrow();
        SeccompData data = SeccompData.of(
                abi, SyscallTable.of(abi).number(call).orElseThrow(), Long.decode(a), Long.decode(b), Long.decode(c));
        assertThat(policy.decide(data, Action.KILL_THREAD)).hasToString(expected);
    }

    @Test
    void lines_and_flags_are_kept() throws FormatException {
        Imported imported = read(POLICY);
        assertThat(imported.policy().flags())
                .hasValueSatisfying(flags -> assertThat(flags).isEmpty());
        assertThat(imported.source().lines().values()).contains(7, 11, 13);
        assertThat(imported.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "default: ERRNO(1)~ALLOW:~  socket: domain == AF_NOPE | p.txt:3:21",
                "default: ERRNO(1)~ALLOW:~  socket: fmaily == 1 | p.txt:3:11",
                "default: ERRNO(1)~ALLOW:~  sokcet | perhaps",
                "default: ERRNO(1)~ALLOW:~  read [x87] | there is no architecture",
                "default: ERRNO(1)~  read | before the first action",
                "default: ERRNO(1)~ALLOWED:~  read | p.txt:2:1",
                "default: ERRNO(1)~ALLOW:~  read write | p.txt:3:3",
                "default: ERRNO(1)~ALLOW:~  read: | no expression",
                "default: ERRNO(1)~ALLOW: read | behind the action",
                "default: ERRNO(1)~read | is missing",
                "default: ERRNO(9999) | there is no action",
                "default: ERRNO(1)~flags: LOG | there is no flag",
            })
    void what_is_wrong_is_told_with_line_and_column(String text, String expected) {
        assertThatThrownBy(() -> read(text.replace('~', '\n') + "\n"))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(expected);
    }
}
