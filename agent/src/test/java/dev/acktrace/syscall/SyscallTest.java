package dev.acktrace.syscall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyscallTest {
    @ParameterizedTest
    @EnumSource(Abi.class)
    void names_and_numbers_of_a_table_are_each_other_s_inverse(Abi abi) {
        SyscallTable table = SyscallTable.of(abi);
        assertThat(table.names()).hasSizeGreaterThan(300);
        for (String name : table.names()) {
            int number = table.number(name).orElseThrow();
            assertThat(table.name(number)).contains(name);
            assertThat(table.parse(Integer.toString(number))).hasValue(number);
        }
    }

    @Test
    void the_usual_numbers_are_right() {
        assertThat(SyscallTable.of(Abi.X86_64).number("execve")).hasValue(59);
        assertThat(SyscallTable.of(Abi.X86).number("socketcall")).hasValue(102);
        assertThat(SyscallTable.of(Abi.AARCH64).number("openat")).hasValue(56);
        assertThat(SyscallTable.of(Abi.X32).number("execve")).hasValue(520);
        assertThat(SyscallTable.of(Abi.X86_64).number("socketcall")).isEmpty();
    }

    @Test
    void a_number_that_no_table_knows_stays_a_number() {
        SyscallTable table = SyscallTable.of(Abi.X86_64);
        assertThat(table.display(4711)).isEqualTo("4711");
        assertThat(table.display(-1)).isEqualTo("4294967295");
        assertThat(table.parse("4711")).hasValue(4711);
        assertThat(table.parse("4294967295")).hasValue(-1);
        assertThat(table.parse("4294967296")).isEmpty();
        assertThat(table.parse("12a")).isEmpty();
        assertThat(new Syscall(Abi.X86_64, 4711).name()).isEqualTo("4711");
    }

    @Test
    void bit_30_tells_x32_from_x86_64_and_minus_one_is_not_x32() {
        assertThat(Abi.of(0xC000003E, 59)).contains(Abi.X86_64);
        assertThat(Abi.of(0xC000003E, 0x40000000 + 520)).contains(Abi.X32);
        assertThat(Abi.of(0xC000003E, -1)).contains(Abi.X86_64);
        assertThat(Abi.of(0xC000003E, -2)).contains(Abi.X32);
        assertThat(Abi.of(0x40000003, 11)).contains(Abi.X86);
        assertThat(Abi.of(0x12345678, 11)).isEmpty();
    }

    @Test
    void nearly_every_call_of_x86_64_is_described() {
        List<String> missing = new ArrayList<>();
        for (String name : SyscallTable.of(Abi.X86_64).names()) {
            if (Signatures.of(Abi.X86_64, name).isEmpty()) {
                missing.add(name);
            }
        }
        assertThat(missing)
                .containsExactlyInAnyOrder(
                        "afs_syscall",
                        "create_module",
                        "epoll_ctl_old",
                        "epoll_wait_old",
                        "get_kernel_syms",
                        "getpmsg",
                        "putpmsg",
                        "query_module",
                        "security",
                        "tuxcall",
                        "vserver");
    }

    @Test
    void widths_are_the_kernel_s() {
        assertThat(Signatures.bits(Abi.X86_64, "ioctl", 1)).isEqualTo(32);
        assertThat(Signatures.bits(Abi.X86_64, "mmap", 2)).isEqualTo(64);
        assertThat(Signatures.bits(Abi.X86_64, "socket", 0)).isEqualTo(32);
        assertThat(Signatures.bits(Abi.X86, "mmap2", 2)).isEqualTo(32);
        assertThat(Signatures.bits(Abi.X86_64, "ioctl", 5)).isEqualTo(64);
        assertThat(Signatures.bits(Abi.X86_64, "no_such_call", 0)).isEqualTo(64);
    }

    @Test
    void arguments_are_found_by_both_their_names() {
        Signature socket = Signatures.of(Abi.X86_64, "socket").orElseThrow();
        assertThat(socket.index("domain")).hasValue(0);
        assertThat(socket.index("family")).hasValue(0);
        assertThat(socket.index("nothing")).isEmpty();
        assertThat(Signatures.of(Abi.S390X, "clone").orElseThrow().index("flags"))
                .hasValue(1);
    }

    @Test
    void pointers_lengths_descriptors_and_processes_are_never_part_of_a_shape() {
        for (Abi abi : Abi.values()) {
            SyscallTable table = SyscallTable.of(abi);
            for (String name : table.names()) {
                ShapeFacts facts =
                        SignificantArguments.of(abi, table.number(name).orElseThrow());
                List<Argument> arguments =
                        Signatures.of(abi, name).map(Signature::arguments).orElse(List.of());
                for (int i = 0; i < arguments.size(); i++) {
                    if (facts.mask(i) != 0) {
                        assertThat(arguments.get(i).kind())
                                .as(name + " " + i)
                                .isIn(ArgumentKind.ENUM, ArgumentKind.FLAGS);
                    }
                }
            }
        }
    }

    @Test
    void shapes_and_texts_of_well_known_calls() {
        ShapeFacts ioctl = SignificantArguments.of(Abi.X86_64, 16);
        assertThat(ioctl.masks()).containsExactly(0L, 0xFFFF_FFFFL, 0L, 0L, 0L, 0L);
        ShapeFacts connect = SignificantArguments.of(Abi.X86_64, 42);
        assertThat(connect.texts().get(1)).isEqualTo(ArgumentKind.SOCKADDR);
        assertThat(connect.lengths().get(1)).isEqualTo(2);
        ShapeFacts openat = SignificantArguments.of(Abi.X86_64, 257);
        assertThat(openat.texts().get(1)).isEqualTo(ArgumentKind.PATH);
        assertThat(openat.mask(2)).isEqualTo(0xFFFF_FFFFL);
        assertThat(openat.mask(3)).isZero();
        assertThat(SignificantArguments.of(Abi.X86, 192).mask(2)).isEqualTo(0xFFFF_FFFFL);
        assertThat(SignificantArguments.of(Abi.X86_64, 9999).masks()).containsOnly(0L);
        assertThat(SignificantArguments.reason(Abi.X86_64, "mmap"))
                .contains("protection and sharing: write and execute together matters");
    }
}
