package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was written means the same when it is read, or a loss was reported. */
class RoundTripTest {
    private static final int POLICIES = 120;
    private static final OciOptions OPTIONS = new OciOptions(
            new HostFacts(Abi.X86_64, HostFacts.DEFAULT_CAPABILITIES, 6, 18), false, OciOptions.Reading.OCI);
    private static final ExportOptions EXPORT = ExportOptions.DEFAULT.withAbi(Abi.X86_64);

    /** Compares on the ABIs that a file covers. */
    static void compare(
            Format format,
            Policy policy,
            Document document,
            List<SeccompData> calls,
            Function<SeccompData, Action> read) {
        for (SeccompData call : calls) {
            Action meant = policy.decide(call, Action.KILL_THREAD);
            Action said = read.apply(call);
            if (document.losses().isEmpty()) {
                assertThat(said)
                        .as("%s %s%n%s%n%s", format, call, policy, document.text())
                        .isEqualTo(meant);
            } else if (!document.widens() && Substitution.executes(said)) {
                assertThat(Substitution.executes(meant))
                        .as("%s %s%n%s%n%s%n%s", format, call, policy, document.text(), document.losses())
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OCI", "DOCKER", "PODMAN", "SPO", "MINIJAIL", "TEXT"})
    void what_is_read_back_means_what_was_written(Format format) throws FormatException {
        RandomPolicies random = new RandomPolicies(20261123);
        int exact = 0;
        for (int i = 0; i < POLICIES; i++) {
            Policy policy = random.next(List.of(Operator.values()), format != Format.MINIJAIL);
            Document document = format.write(policy, EXPORT);
            assertThat(format.write(policy, EXPORT).bytes()).isEqualTo(document.bytes());
            Policy read =
                    PolicyReader.read(document.bytes(), "round.trip", OPTIONS).policy();
            for (Abi abi : read.architectures()) {
                compare(
                        format,
                        policy,
                        document,
                        random.edges(policy, abi, 6),
                        c -> read.decide(c, Action.KILL_THREAD));
            }
            exact += document.losses().isEmpty() ? 1 : 0;
        }
        assertThat(exact).as("policies without any loss").isGreaterThan(POLICIES / 40);
    }

    @Test
    void the_text_for_review_loses_nothing() throws FormatException {
        RandomPolicies random = new RandomPolicies(4);
        for (int i = 0; i < POLICIES; i++) {
            Policy policy = random.next(List.of(Operator.values()), true);
            Document document = Format.TEXT.write(policy, EXPORT);
            assertThat(document.losses()).isEmpty();
            Policy read = PolicyReader.read(document.bytes(), "p.txt", OPTIONS).policy();
            assertThat(read.architectures()).isEqualTo(policy.architectures());
            assertThat(Format.TEXT.write(read, EXPORT).text()).isEqualTo(document.text());
        }
    }

    @Test
    void a_compiled_filter_answers_as_the_policy_does() throws FormatException {
        RandomPolicies random = new RandomPolicies(7);
        for (int i = 0; i < POLICIES / 4; i++) {
            Policy policy = random.next(List.of(Operator.values()), true);
            Document document = Format.BPF.write(policy, EXPORT);
            assertThat(document.losses()).isEmpty();
            Program program = Program.of(document.bytes());
            for (Abi abi : policy.architectures()) {
                for (SeccompData call : random.edges(policy, abi, 4)) {
                    assertThat(Interpreter.run(program, call).action())
                            .isEqualTo(policy.decide(call, Action.KILL_THREAD));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OCI", "DOCKER", "PODMAN", "SPO", "MINIJAIL"})
    void names_alone_lose_nothing_that_matters(Format format) throws FormatException {
        RandomPolicies random = new RandomPolicies(99);
        for (int i = 0; i < 50; i++) {
            Policy policy = random.next(List.of(), false);
            Document document = format.write(policy, EXPORT);
            assertThat(document.widens()).as("%s", document.losses()).isFalse();
        }
    }
}
