package dev.acktrace.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.bpf.Program;
import dev.acktrace.fault.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterDumpTest {
    @Test
    void filters_come_in_the_order_in_which_they_were_installed() {
        List<Program> programs = FilterDump.parse("""
                filter 0 2
                0020 00 00 00000004
                0006 00 00 80000000
                filter 1 1
                0006 00 00 7fff0000
                """);
        assertThat(programs).hasSize(2);
        assertThat(programs.get(0).size()).isEqualTo(1);
        assertThat(programs.get(1).at(1).k()).isEqualTo(0x80000000);
        assertThat(FilterDump.parse("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "filter 0",
                "filter 0 0",
                "filter 0 -1",
                "filter 0 99999999",
                "filter 0 2\n0006 00 00 7fff0000",
                "filter 0 1\n0006 00 00",
                "filter 0 1\n0006 00 00 xyz",
                "filter 0 1\nfffff 00 00 1"
            })
    void what_is_no_dump_is_refused(String output) {
        assertThatThrownBy(() -> FilterDump.parse(output)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_helper_s_line_becomes_what_why_and_remedy() {
        Fault fault = FilterDump.fault(
                "cannot read",
                "acktrace-helper: cannot read the filters of process 7: Permission denied; run it as root");
        assertThat(fault.text())
                .contains("cannot read")
                .contains("Permission denied")
                .contains("Run it as root.");
        assertThat(FilterDump.fault("cannot read", "").text()).contains("the helper failed");
    }
}
