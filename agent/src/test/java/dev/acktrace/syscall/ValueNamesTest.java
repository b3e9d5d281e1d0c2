package dev.acktrace.syscall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ValueNamesTest {
    private static Syscall call(String name) {
        return new Syscall(Abi.X86_64, SyscallTable.of(Abi.X86_64).number(name).orElseThrow());
    }

    @Test
    void values_have_the_names_of_the_headers() {
        assertThat(ValueNames.of(call("ioctl"), 1, 0x5401)).contains("TCGETS");
        assertThat(ValueNames.of(call("socket"), 0, 16)).contains("AF_NETLINK");
        assertThat(ValueNames.of(call("mmap"), 2, 3)).contains("PROT_READ|PROT_WRITE");
        assertThat(ValueNames.of(call("mmap"), 2, 0x1003)).contains("PROT_READ|PROT_WRITE|0x1000");
        assertThat(ValueNames.of(call("ioctl"), 1, 0x12345)).isEmpty();
        assertThat(ValueNames.of(call("read"), 0, 3)).isEmpty();
    }

    @Test
    void every_row_is_about_an_argument_that_exists_and_constants_that_exist() {
        for (String row : Facts.rows("syscalls/value-names.csv")) {
            List<String> fields = Facts.split(row, ',');
            int index = Integer.parseInt(fields.get(1));
            assertThat(Signatures.of(Abi.X86_64, fields.get(0)).orElseThrow().arguments())
                    .as(row)
                    .hasSizeGreaterThan(index);
            for (String prefix : Facts.split(fields.get(3), ' ')) {
                assertThat(Constants.names(prefix)).as(row).isNotEmpty();
            }
        }
    }
}
