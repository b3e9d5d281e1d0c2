package dev.acktrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.SyscallTable;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallFactsheetTest {
    @Test
    void every_name_of_every_table_has_a_category() {
        for (String name : SyscallTable.everyName()) {
            assertThat(CallFactsheet.category(name)).as(name).isNotEqualTo("unknown");
        }
        assertThat(CallFactsheet.category("5000")).isEqualTo("unknown");
    }

    @Test
    void every_risk_is_of_a_known_name_with_a_severity_and_one_line() {
        for (String row : Facts.rows("syscalls/risks.csv")) {
            List<String> fields = Facts.csv(row);
            assertThat(SyscallTable.known(fields.get(0))).as(row).isTrue();
            assertThat(Integer.parseInt(fields.get(1))).as(row).isBetween(1, 9);
            assertThat(fields.get(2)).as(row).isNotEmpty().hasSizeLessThan(100);
            assertThat(fields).as(row).hasSize(3);
        }
    }

    @Test
    void dockers_default_allows_files_and_no_modules() {
        assertThat(CallFactsheet.dockerDefault()).contains("openat", "read").doesNotContain("init_module", "mount");
    }
}
