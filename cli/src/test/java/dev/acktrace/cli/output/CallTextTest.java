package dev.acktrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallTextTest {
    @Test
    void every_argument_is_shown_as_its_kind_is_written() {
        assertThat(text("mkdir", "/tmp/y", 0x1000, 0777)).isEqualTo("mkdir(pathname: \"/tmp/y\", mode: 0777)");
        assertThat(text("ioctl", "", 1, 0x5401, 0)).isEqualTo("ioctl(fd: 1, cmd: TCGETS, arg: 0)");
        assertThat(text("munmap", "", 0, 4096)).isEqualTo("munmap(addr: 0, len: 4096)");
        assertThat(text("socket", "", 1, 1, 0)).isEqualTo("socket(domain: AF_UNIX, type: SOCK_STREAM, protocol: 0)");
        assertThat(text("unlinkat", "", -100, 0, 0)).isEqualTo("unlinkat(dirfd: AT_FDCWD, pathname: NULL, flag: 0)");
        assertThat(text("unlinkat", "", 3, 0, 0x200))
                .isEqualTo("unlinkat(dirfd: 3, pathname: NULL, flag: AT_REMOVEDIR)");
    }

    @Test
    void text_of_the_target_cannot_move_the_cursor() {
        assertThat(text("mkdir", "a\u001b[2Jb\n\"", 1, 0))
                .isEqualTo("mkdir(pathname: \"a\\x1b[2Jb\\x0a\\\"\", mode: 0)");
    }

    @Test
    void a_number_without_a_signature_has_no_arguments() {
        assertThat(CallText.of(new Syscall(Abi.X86_64, 9999), record("", 1, 2))).endsWith("()");
    }

    private static String text(String call, String path, long... arguments) {
        int number = SyscallTable.of(Abi.X86_64).parse(call).orElseThrow();
        return CallText.of(new Syscall(Abi.X86_64, number), record(path, arguments));
    }

    private static RingRecord record(String path, long... arguments) {
        List<Text> texts = path.isEmpty()
                ? List.of()
                : List.of(new Text(TextKind.PATH, 0, false, path.getBytes(StandardCharsets.UTF_8)));
        long[] all = Arrays.copyOf(arguments, 6);
        return new RingRecord(RingRecord.CALL, 0, 1, 1, 0, 0, 0, all, 0, 0, 0, 0, 0, texts);
    }
}
