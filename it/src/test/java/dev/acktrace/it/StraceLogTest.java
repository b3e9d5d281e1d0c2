package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StraceLogTest {
    private static final CallTable TABLE = CallTable.ofProject();

    private static List<String> calls(String log) {
        return StraceLog.parse(TABLE, log.lines()).calls().stream()
                .map(Call::toString)
                .toList();
    }

    @Test
    void a_call_is_read_with_its_number() {
        assertThat(calls("""
                8243  [  59] execve("/usr/bin/python3", ["x"], 0x7ffc9fb47b78 /* 35 vars */) = 0
                8243  [  12] brk(NULL)                  = 0x25bef000
                """)).containsExactly("brk", "execve");
    }

    @Test
    void an_unfinished_call_counts_once_and_its_end_does_not() {
        StraceLog log = StraceLog.parse(
                TABLE,
                Stream.of(
                        "8243  [ 202] futex(0x7f83, FUTEX_WAIT, 2, NULL <unfinished ...>",
                        "8244  [  60] exit(0)                    = ?",
                        "8243  [ 202] <... futex resumed>)       = 0",
                        "8243  <... exit resumed>)       = ?"));
        assertThat(log.calls()).extracting(Call::name).containsExactly("exit", "futex");
        assertThat(log.unreadable()).isEmpty();
    }

    @Test
    void signals_ends_and_lost_registers_are_no_calls() {
        StraceLog log = StraceLog.parse(
                TABLE,
                Stream.of(
                        "1 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2} ---",
                        "1 +++ exited with 0 +++",
                        "1 +++ killed by SIGKILL +++",
                        "1 [????] ???( <unfinished ...>",
                        "1 <... ??? resumed>) = ?"));
        assertThat(log.calls()).isEmpty();
        assertThat(log.unreadable()).isEmpty();
    }

    @Test
    void number_and_name_together_tell_the_abi() {
        assertThat(calls("""
                7 [  11] execve("./guest32", ["x"], 0x0 /* 35 vars */) = 0
                7 [ 122] uname({sysname="Linux"}) = 0
                7 [ 435] clone3({flags=CLONE_VM}, 88) = 8
                9 [ 435] clone3({flags=CLONE_VM}, 88) = 10
                """)).containsExactly("clone3", "X86:execve", "X86:uname", "X86:clone3");
    }

    @Test
    void subcalls_of_socketcall_are_socketcall() {
        assertThat(calls("7 [ 102] socket(AF_UNIX, SOCK_STREAM, 0) = 3\n7 [ 102] getuid() = 0"))
                .containsExactly("getuid", "X86:socketcall");
    }

    @Test
    void a_message_about_the_mode_sets_the_abi() {
        assertThat(calls("""
                strace: [ Process PID=30 runs in 32 bit mode. ]
                30 clone3({flags=CLONE_VM}, 88) = 8
                30 strace: [ Process PID=30 runs in 64 bit mode. ]
                30 clone3({flags=CLONE_VM}, 88) = 8
                """)).containsExactly("clone3", "X86:clone3");
    }

    @Test
    void an_unknown_number_stays_a_number() {
        assertThat(calls("1 [1000] syscall_0x3e8(0, 0, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)"))
                .containsExactly("syscall_0x3e8");
        assertThat(calls("1 [4294967295] syscall_0xffffffff(0) = -1 ENOSYS (Function not implemented)"))
                .containsExactly("syscall_0xffffffff");
        assertThat(calls("syscall_0x3e8(0, 0, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)"))
                .containsExactly("syscall_0x3e8");
    }

    @Test
    void the_x32_bit_makes_an_abi_of_its_own() {
        assertThat(calls("1 [1073741863] getpid() = 3")).containsExactly("X32:getpid");
    }

    @Test
    void a_thread_that_executes_keeps_its_abi_as_leader() {
        assertThat(calls("""
                5 [  11] execve("./a", ["a"], 0x0 <unfinished ...>
                4 +++ superseded by execve in pid 5 +++
                4 <... execve resumed>) = 0
                4 [ 439] faccessat2(AT_FDCWD, "x", R_OK, 0) = 0
                """)).containsExactly("X86:execve", "X86:faccessat2");
    }

    @Test
    void garbage_is_kept_apart() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            String line = new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("\\R", " ");
            StraceLog.parse(TABLE, Stream.of(line));
        }
        assertThat(StraceLog.parse(TABLE, Stream.of("what is this")).unreadable())
                .containsExactly("what is this");
    }
}
