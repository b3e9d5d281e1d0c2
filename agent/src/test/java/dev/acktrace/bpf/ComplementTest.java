package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComplementTest {
    private static boolean any(List<Condition> conditions, SeccompData call) {
        return conditions.stream().anyMatch(condition -> condition.test(call));
    }

    @Test
    void a_call_meets_a_condition_or_one_of_the_complement_and_never_both() {
        Policies policies = new Policies(41);
        for (int i = 0; i < 150; i++) {
            List<Condition> conditions = new ArrayList<>();
            for (int j = 0; j <= i % 3; j++) {
                conditions.add(policies.condition());
            }
            List<Condition> rest = Complement.of(conditions, false);
            for (int j = 0; j < 60; j++) {
                SeccompData call = SeccompData.of(Abi.X86_64, 0, policies.value(), policies.value(), policies.value());
                assertThat(any(rest, call)).as("%s / %s", conditions, rest).isNotEqualTo(any(conditions, call));
            }
        }
    }

    @Test
    void values_are_left_out_by_few_conditions() {
        Condition first = Condition.of(Comparison.narrow(1, Operator.EQ, 3));
        Condition second = Condition.of(Comparison.narrow(1, Operator.EQ, 9));
        assertThat(Complement.of(List.of(first, second), true))
                .containsExactly(
                        Condition.of(Comparison.narrow(1, Operator.NE, 3), Comparison.narrow(1, Operator.NE, 9)));
    }

    @Test
    void what_would_meet_the_conditions_once_it_is_cut_to_32_bits_is_left_out() {
        Condition low = Condition.of(Comparison.masked(2, ~7L, 0));
        List<Condition> rest = Complement.of(List.of(low), true);
        assertThat(rest).isNotEmpty();
        for (Condition condition : rest) {
            SeccompData five = SeccompData.of(Abi.X86, 0, 0, 0, 5);
            assertThat(condition.narrowed().test(five)).as(condition.toString()).isFalse();
        }
    }
}
