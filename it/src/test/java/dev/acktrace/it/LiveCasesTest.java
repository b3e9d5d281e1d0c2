package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;

/**
 * Every case of {@code cases.json}: learned with the same output and status as untraced, the same set of calls as strace
 * sees, and a policy under which the same command works and another call is refused. Once for each backend.
 */
class LiveCasesTest {
    private static final Path RESULTS = Project.TARGET.resolve("live-cases.tsv");

    @Test
    void the_table_has_at_least_sixty_cases_with_names_of_their_own() {
        assertThat(LiveCases.table()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(LiveCases.table()).extracting(LiveCase::name).doesNotHaveDuplicates();
    }

    @Test
    void every_tolerance_has_a_reason() {
        assertThat(LiveCases.table())
                .allSatisfy(live -> assertThat(
                                Stream.concat(live.tolerated().stream(), live.underAck().tolerated().stream()))
                        .allSatisfy(tolerance -> assertThat(tolerance.reason()).isNotBlank()));
    }

    @TestFactory
    Stream<DynamicTest> a_program_is_learned_as_strace_sees_it_and_its_policy_holds() {
        return tests(Backend.TRACE);
    }

    @TestFactory
    Stream<DynamicTest> the_stub_gives_what_ptrace_gives() {
        return tests(Backend.ACK);
    }

    private static Stream<DynamicTest> tests(Backend backend) {
        return LiveCases.chosen().stream().map(live -> DynamicTest.dynamicTest(live.name(), () -> run(live, backend)));
    }

    private static void run(LiveCase live, Backend backend) throws IOException {
        Needs.missing(Stream.concat(Stream.of("strace"), live.needs().stream()).toList())
                .ifPresent(reason -> {
                    throw new TestAbortedException(reason);
                });
        Guests.build(live.guests()).ifPresent(failure -> {
            throw new AssertionError(failure);
        });
        long begun = System.nanoTime();
        try (Workspace workspace = Workspace.create("case")) {
            LiveRun run = new LiveRun(live, backend, Oracle.of(live), workspace);
            try {
                run.run();
            } catch (AssertionError failed) {
                throw new AssertionError(live.name() + " in " + workspace + ": " + failed.getMessage(), failed);
            }
            workspace.good();
            report(live.name() + "\t" + backend.option() + "\t" + run.summary() + "\t"
                    + (System.nanoTime() - begun) / 1_000_000 + " ms");
        }
    }

    private static synchronized void report(String line) throws IOException {
        Files.write(RESULTS, List.of(line), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
