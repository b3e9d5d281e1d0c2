package dev.acktrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.report.Diagnosis.Finding;
import dev.acktrace.report.Diagnosis.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
    private static Map<String, String> healthy() {
        Map<String, String> facts = new HashMap<>();
        facts.put("kernel.machine", "x86_64");
        for (String action :
                List.of("kill_process", "kill_thread", "trap", "errno", "user_notif", "trace", "log", "allow")) {
            facts.put("seccomp.action." + action, "yes");
        }
        facts.put("seccomp.filter", "yes");
        facts.put("ptrace.trace", "yes");
        facts.put("ptrace.read_memory", "yes");
        facts.put("ack.stub", "yes");
        facts.put("yama.ptrace_scope", "none");
        facts.put("self.seccomp_mode", "0");
        return facts;
    }

    private static Finding find(Map<String, String> facts, String subject) {
        return Diagnosis.of(facts, "").stream()
                .filter(finding -> finding.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_healthy_machine_can_learn() {
        assertThat(find(healthy(), "backend trace").level()).isEqualTo(Level.GOOD);
        assertThat(Diagnosis.worst(Diagnosis.of(healthy(), ""))).isNotEqualTo(Level.BAD);
    }

    @Test
    void whatever_is_not_good_has_a_remedy() {
        for (Map<String, String> facts : List.of(healthy(), Map.<String, String>of())) {
            for (Finding finding : Diagnosis.of(facts, "Docker")) {
                assertThat(finding.remedy().isEmpty()).as(finding.toString()).isEqualTo(finding.level() == Level.GOOD);
            }
        }
    }

    @Test
    void without_ptrace_nothing_can_be_learned() {
        Map<String, String> facts = healthy();
        facts.put("ptrace.trace", "no");
        assertThat(find(facts, "ptrace").level()).isEqualTo(Level.BAD);
        assertThat(find(facts, "backend trace").level()).isEqualTo(Level.BAD);
    }

    @Test
    void auto_is_ack_where_it_works_and_else_trace() {
        Map<String, String> facts = healthy();
        assertThat(find(facts, "backend auto").text()).startsWith("is ack");
        facts.put("ptrace.trace", "no");
        assertThat(find(facts, "backend auto").level()).isEqualTo(Level.GOOD);
        facts.put("ack.stub", "no");
        assertThat(find(facts, "backend ack").level()).isEqualTo(Level.LIMITED);
        assertThat(find(facts, "backend auto").level()).isEqualTo(Level.BAD);
        facts.put("ptrace.trace", "yes");
        assertThat(find(facts, "backend auto").text()).isEqualTo("is trace");
        assertThat(find(facts, "backend auto").level()).isEqualTo(Level.GOOD);
    }

    @Test
    void yama_limits_by_its_scope_unless_the_capability_is_there() {
        Map<String, String> facts = healthy();
        facts.put("yama.ptrace_scope", "1");
        assertThat(find(facts, "Yama").level()).isEqualTo(Level.LIMITED);
        facts.put("yama.ptrace_scope", "2");
        assertThat(find(facts, "Yama").level()).isEqualTo(Level.BAD);
        facts.put("self.cap_sys_ptrace", "yes");
        assertThat(find(facts, "Yama").level()).isEqualTo(Level.GOOD);
        facts.put("yama.ptrace_scope", "3");
        assertThat(find(facts, "Yama").level()).isEqualTo(Level.BAD);
    }

    @Test
    void filters_that_hold_here_already_are_told() {
        Map<String, String> facts = healthy();
        facts.put("self.seccomp_mode", "2");
        facts.put("self.seccomp_filters", "1");
        assertThat(find(facts, "own filters").text()).contains("1 seccomp filters");
    }
}
