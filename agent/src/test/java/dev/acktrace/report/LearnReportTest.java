package dev.acktrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.recording.RandomRuns;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LearnReportTest {
    @Test
    void what_stayed_in_the_vdso_is_named() {
        assertThat(LearnReport.of(List.of(), Set.of()).vdsoNotSeen())
                .containsExactly("clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu");
    }

    @Test
    void what_was_seen_of_the_vdso_is_not_named_again() {
        int seen = 0;
        for (long seed = 0; seed < 200; seed++) {
            LearnReport report =
                    LearnReport.of(new RandomRuns(seed).recording().runs().values(), Set.of());
            List<String> all = new ArrayList<>(report.vdsoNotSeen());
            assertThat(report.names()).doesNotContainAnyElementsOf(all);
            seen += LearnReport.VDSO.size() - all.size();
            LearnReport.VDSO.stream()
                    .filter(name -> report.names().contains(name))
                    .forEach(all::add);
            assertThat(all).containsExactlyInAnyOrderElementsOf(LearnReport.VDSO);
        }
        assertThat(seen).as("calls of the vDSO in the runs").isPositive();
    }
}
