package dev.acktrace.refine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PolicyDraftTest {
    private static final List<Operator> OPERATORS =
            List.of(Operator.NE, Operator.LT, Operator.LE, Operator.EQ, Operator.GE, Operator.GT);
    private static final Action EPERM = Action.errno(1);
    private static final Policy EMPTY = Policy.of(EPERM, List.of(Abi.X86_64), List.of());

    private static Decision decision(int id, Rule... rules) {
        return new Decision(id, 0, "tester", false, List.of(rules), List.of(), "", "");
    }

    @Test
    void a_newer_decision_replaces_an_older_one_on_the_same_call() {
        Policy policy = PolicyDraft.of(
                EMPTY,
                List.of(
                        decision(1, Rule.of("connect", Action.ALLOW)),
                        decision(2, Rule.of("connect", Action.errno(111)))));
        assertThat(policy.rules()).containsExactly(Rule.of("connect", Action.errno(111)));
    }

    @Test
    void denying_some_arguments_takes_them_out_of_what_was_allowed() {
        Condition tiocsti = Condition.of(Comparison.of(1, Operator.EQ, 0x5412));
        Policy policy = PolicyDraft.of(
                EMPTY.withRules(List.of(Rule.of("ioctl", Action.ALLOW))),
                List.of(decision(1, Rule.of("ioctl", tiocsti, Action.errno(13)))));
        assertThat(policy.rules())
                .containsExactlyInAnyOrder(
                        Rule.of("ioctl", tiocsti, Action.errno(13)),
                        Rule.of("ioctl", Condition.of(Comparison.of(1, Operator.NE, 0x5412)), Action.ALLOW));
    }

    @Test
    void the_policy_does_what_the_judge_does_for_random_decisions_and_calls() {
        Random random = new Random(20261123);
        for (int round = 0; round < 3000; round++) {
            List<Rule> below = new ArrayList<>();
            if (random.nextBoolean()) {
                below.add(rule(random));
            }
            List<Decision> decisions = new ArrayList<>();
            for (int i = 0; i < random.nextInt(5); i++) {
                decisions.add(decision(i + 1, rule(random)));
            }
            Policy start = EMPTY.withRules(below);
            Policy policy = PolicyDraft.of(start, decisions);
            Judge judge = new Judge(Optional.of(start));
            for (int value = 0; value < 8; value++) {
                long[] arguments = {value, random.nextInt(3), 0, 0, 0, 0};
                Judgement judged = judge.judge(
                        new Syscall(Abi.X86_64, 16), arguments, new long[] {-1, -1, -1, -1, -1, -1}, decisions);
                Action expected = judged instanceof Judgement.Decided decided ? decided.action() : EPERM;
                Action found = policy.decide(SeccompData.of(Abi.X86_64, 16, arguments), Action.KILL_PROCESS);
                assertThat(found)
                        .as("%s over %s gives %s", decisions, below, policy.rules())
                        .isEqualTo(expected);
            }
        }
    }

    private static Rule rule(Random random) {
        Action action =
                List.of(Action.ALLOW, Action.errno(13), Action.KILL_PROCESS).get(random.nextInt(3));
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            int index = random.nextInt(2);
            comparisons.add(
                    random.nextInt(3) == 0
                            ? Comparison.masked(index, 1 + random.nextInt(7), random.nextInt(8))
                            : Comparison.of(index, OPERATORS.get(random.nextInt(OPERATORS.size())), random.nextInt(8)));
        }
        return Rule.of("ioctl", new Condition(comparisons), action);
    }
}
