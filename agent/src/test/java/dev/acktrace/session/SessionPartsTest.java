package dev.acktrace.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.fault.FaultException;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.FakeHelper;
import dev.acktrace.wire.Segment;
import dev.acktrace.wire.Wire;
import dev.acktrace.wire.WireAbi;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionPartsTest {
    @Test
    void the_front_connection_is_five_numbers() throws Exception {
        assertThat(FrontConnection.parse("3,4,5,1234,6")).isEqualTo(new FrontConnection(3, 4, 5, 1234, 6));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "3", "3,4,5,6", "3,4,5,6,", "3,4,5,6,7,8", "a,4,5,6,7", "-1,4,5,6,7", "3,4,5,6,99999999999"})
    void anything_else_is_refused(String value) {
        assertThatThrownBy(() -> FrontConnection.parse(value)).isInstanceOf(FaultException.class);
    }

    @Test
    void the_words_of_a_target_keep_their_bytes() {
        byte[] line = "java\0-jar\0x\0learn\0--\0ls\0a\u00ff\0\0".getBytes(StandardCharsets.ISO_8859_1);
        List<byte[]> words = CommandWords.lastOf(line, List.of("ls", "a\ufffd", ""));
        assertThat(words).hasSize(3);
        assertThat(words.get(0)).containsExactly('l', 's');
        assertThat(words.get(1)).containsExactly('a', 0xff);
        assertThat(words.get(2)).isEmpty();
    }

    @Test
    void words_that_do_not_fit_the_command_line_are_encoded_anew() {
        byte[] line = "java\0surefire\0".getBytes(StandardCharsets.UTF_8);
        assertThat(CommandWords.lastOf(line, List.of("\u00e4")).get(0)).containsExactly(0xc3, 0xa4);
        assertThat(CommandWords.lastOf(new byte[0], List.of("x")).get(0)).containsExactly('x');
    }

    @Test
    void a_wait_status_is_an_exit_code_or_a_signal() {
        assertThat(Outcome.of(7 << 8)).isEqualTo(new Outcome.Exited(7));
        assertThat(Outcome.of(9)).isEqualTo(new Outcome.Signaled(9));
        assertThat(Outcome.of(11 | 0x80)).isEqualTo(new Outcome.Signaled(11));
    }

    @Test
    void a_status_file_tells_the_seccomp_state_of_a_thread() {
        SeccompStatus status = SeccompStatus.parse(
                7, "Name:\tjava app\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\nVmPeak: 1 kB\n");
        assertThat(status).isEqualTo(new SeccompStatus(7, "java app", 2, 3, 1));
        assertThat(status.modeName()).isEqualTo("filter");
        assertThat(SeccompStatus.parse(1, "garbage\nSeccomp:\tmany\n")).isEqualTo(new SeccompStatus(1, "", -1, -1, -1));
    }

    @Test
    void the_banner_of_a_c_library_gives_its_package() {
        byte[] library = "\0\0GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\nrest"
                .getBytes(StandardCharsets.US_ASCII);
        assertThat(Host.banner(library)).isEqualTo("Debian GLIBC 2.36-9");
        assertThat(Host.banner(new byte[100])).isEmpty();
    }

    @Test
    void call_facts_stand_in_the_segment_for_every_abi() throws Exception {
        Segment segment = new FakeHelper().segment();
        CallFacts facts = CallFacts.write(segment, true);
        int ioctl = SyscallTable.of(Abi.X86_64).number("ioctl").orElseThrow();
        assertThat(facts.of(WireAbi.X86_64, ioctl)[1]).isEqualTo(0xffff_ffffL);
        assertThat(facts.of(WireAbi.X86_64, ioctl)[2]).isZero();
        for (int abi = 0; abi < Wire.ABIS; abi++) {
            for (int number = 0; number < Wire.NUMBERS; number++) {
                assertThat(segment.masks(abi, number)).isEqualTo(facts.of(abi, number));
            }
        }
    }

    @Test
    void without_arguments_no_argument_is_significant() throws Exception {
        Segment segment = new FakeHelper().segment();
        CallFacts.write(segment, false);
        for (int number = 0; number < Wire.NUMBERS; number++) {
            assertThat(segment.masks(WireAbi.X86_64, number)).containsOnly(0);
        }
    }
}
