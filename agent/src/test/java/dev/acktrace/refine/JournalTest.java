package dev.acktrace.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.RecordingException;
import dev.acktrace.syscall.Abi;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final Decision DECISION = new Decision(
            3,
            1_800_000_000_000L,
            "tester",
            false,
            List.of(
                    Rule.of("connect", Action.errno(111)),
                    new Rule(
                            "ioctl",
                            List.of(Abi.X86),
                            Condition.of(Comparison.masked(1, 0xFFFF_FFFF_0000_00FFL, 0x8000_0000_0000_0001L)),
                            Action.ALLOW)),
            List.of("seen \"once\"\n"),
            "why",
            "serving");

    @TempDir
    Path directory;

    private List<JournalEntry> entries(Path path) throws FaultException {
        try (Journal journal = Journal.open(path).journal()) {
            assertThat(journal.path()).isEqualTo(path);
        }
        Journal.Opened opened = Journal.open(path);
        opened.journal().close();
        return opened.entries();
    }

    @Test
    void every_kind_of_entry_comes_back_as_it_was() throws Exception {
        List<JournalEntry> all = List.of(
                new JournalEntry.Opened(1, "tester", List.of("ls", "-l ä"), "id"),
                new JournalEntry.Made(DECISION),
                new JournalEntry.Undone(2, 3),
                new JournalEntry.Redone(3, 3),
                new JournalEntry.Noted(4, 0, "text"),
                new JournalEntry.ModeSet(5, Mode.ENFORCE),
                new JournalEntry.PhaseBegan(6, "serving"),
                new JournalEntry.Stacked(6, 41, true, 5, 1),
                new JournalEntry.Saved(7, "/tmp/p.json", true));
        Path path = directory.resolve("j");
        try (Journal journal = Journal.open(path).journal()) {
            for (JournalEntry entry : all) {
                journal.add(entry);
            }
        }
        assertThat(entries(path)).isEqualTo(all);
    }

    @Test
    void a_line_that_was_cut_off_is_dropped_and_the_rest_goes_on() throws Exception {
        Path path = directory.resolve("j");
        try (Journal journal = Journal.open(path).journal()) {
            journal.add(new JournalEntry.Made(DECISION));
        }
        Files.writeString(path, "{\"kind\":\"undo\",\"at\"", StandardOpenOption.APPEND);
        try (Journal journal = Journal.open(path).journal()) {
            journal.add(new JournalEntry.Undone(9, 3));
        }
        assertThat(entries(path)).containsExactly(new JournalEntry.Made(DECISION), new JournalEntry.Undone(9, 3));
    }

    @Test
    void a_line_that_makes_no_sense_is_named() throws Exception {
        Path path = directory.resolve("j");
        Files.writeString(path, "{\"kind\":\"mode\",\"at\":1,\"mode\":\"ask\"}\n{\"kind\":\"mode\",\"at\":1}\n");
        assertThatThrownBy(() -> Journal.open(path))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("line 2")
                .hasMessageContaining("'mode' is missing");
    }

    @Test
    void two_sessions_cannot_write_one_journal() throws Exception {
        Path path = directory.resolve("j");
        try (Journal first = Journal.open(path).journal()) {
            assertThat(first.path()).exists();
            assertThatThrownBy(() -> Journal.open(path)).hasMessageContaining("another session");
        }
    }

    @Test
    void what_a_session_decided_and_took_back_holds_in_the_next() throws Exception {
        Path path = directory.resolve("j");
        Bench first = new Bench(Optional.empty());
        first.refinement.journal(Journal.open(path));
        first.refinement.decide(List.of(Bench.rule("connect", Action.errno(111))), List.of("seen"), "note");
        first.refinement.decide(List.of(Bench.rule("mount", Action.ALLOW)), List.of(), "");
        first.refinement.undo();
        first.refinement.close();

        Bench second = new Bench(Optional.empty());
        second.refinement.journal(Journal.open(path));
        assertThat(second.refinement.effective()).hasSize(1);
        assertThat(second.call(7, "connect", 3, 0, 16)).isEqualTo("held");
        assertThat(second.answers).containsExactly("7:2:111");
        assertThat(second.refinement.redo()).isPresent();
        assertThat(second.refinement.effective()).hasSize(2);
        second.refinement.close();
    }

    @Test
    void garbage_is_an_error_and_never_an_exception_of_another_kind() {
        Random random = new Random(7);
        byte[] line =
                "{\"kind\":\"decision\",\"at\":1,\"id\":1,\"who\":\"x\",\"once\":false,\"rules\":[{\"call\":\"a\",\"action\":\"ERRNO(1)\",\"when\":[{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"bits\":64,\"mask\":\"0x1\",\"value\":\"0x1\"}]}],\"evidence\":[],\"note\":\"\",\"phase\":\"\"}"
                        .getBytes(StandardCharsets.UTF_8);
        int parsed = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = line.clone();
            for (int j = random.nextInt(3); j >= 0; j--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(128);
            }
            try {
                JournalReader.parse(changed, 0, changed.length);
                parsed++;
            } catch (RecordingException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
        assertThat(parsed).isPositive();
    }
}
