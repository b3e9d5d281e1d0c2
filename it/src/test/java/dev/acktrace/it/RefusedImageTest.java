package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** An image that the stub cannot load, and that a program executes in the middle of a run. */
class RefusedImageTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void an_image_that_is_linked_where_the_stub_is_is_named_and_counted() {
        try (Workspace workspace = Workspace.create("refused")) {
            String image = Guests.path("over-the-stub").toString();
            named(workspace, image, List.of("bash", "-c", image + "; echo $?"));
            assertThat(Sandbox.run(List.of(image), workspace.fresh(), "", LIMIT).status())
                    .as("untraced it runs")
                    .isZero();
            workspace.good();
        }
    }

    /** A tracer has it and only one can: this one is acktrace itself, attached to the shell that executes. */
    @Test
    void a_32_bit_image_in_a_process_that_is_traced_already_is_named_with_the_reason() {
        Needs.orSkip("m32", "strace");
        Guests.path("across-32");
        try (Workspace workspace = Workspace.create("seized")) {
            Path recording = workspace.file("r.jsonl");
            String target = "echo $$ >pid; until [ -s log ]; do sleep 0.05; done; exec " + Guests.path("across-32");
            List<String> words =
                    Acktrace.learning(Backend.ACK, recording, workspace.file("p.json"), List.of("bash", "-c", target));
            List<String> both = new ArrayList<>(List.of(
                    "bash",
                    "-c",
                    "(until [ -s pid ]; do sleep 0.05; done; strace -o log -p $(cat pid)) & \"$@\"",
                    "bash"));
            both.addAll(words);
            Finished learned = Sandbox.run(both, workspace.fresh(), "", LIMIT);
            assertThat(learned.stderr()).as("%s", learned).contains("across-32", "not started", "traced already");
            assertThat(Learned.read(recording).losses()).containsOnlyKeys("image_refused");
            workspace.good();
        }
    }

    /** Registered in a user namespace of its own, which has its own rules from Linux 6.7 on. */
    @Test
    void an_image_that_binfmt_misc_starts_is_learned() {
        try (Workspace workspace = Workspace.create("misc")) {
            List<String> apart = List.of(
                    "unshare",
                    "--user",
                    "--map-root-user",
                    "--mount",
                    "bash",
                    "-c",
                    "mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && "
                            + "echo ':acktrace:E::acktracetest::/bin/echo:' >/proc/sys/fs/binfmt_misc/register && "
                            + "printf 'no program\\n' >x.acktracetest && chmod +x x.acktracetest && \"$@\"",
                    "bash");
            List<String> target = List.of("bash", "-c", "exec ./x.acktracetest word");
            List<String> bare = new ArrayList<>(apart);
            bare.addAll(target);
            Finished untraced = Sandbox.run(bare, workspace.fresh(), "", LIMIT);
            if (!untraced.stdout().contains("x.acktracetest word")) {
                throw new TestAbortedException("no binfmt_misc in a user namespace here: " + untraced);
            }
            Path recording = workspace.file("r.jsonl");
            List<String> words = new ArrayList<>(apart);
            words.addAll(Acktrace.learning(Backend.ACK, recording, workspace.file("p.json"), target));
            Finished learned = Sandbox.run(words, workspace.fresh(), "", LIMIT);
            assertThat(learned.stdout()).as("%s", learned).contains("x.acktracetest word");
            assertThat(Learned.read(recording).losses()).isEmpty();
            workspace.good();
        }
    }

    private static void named(Workspace workspace, String image, List<String> target) {
        Path recording = workspace.file("r.jsonl");
        List<String> words = Acktrace.learning(Backend.ACK, recording, workspace.file("p.json"), target);
        Finished learned = Sandbox.run(words, workspace.fresh(), "", LIMIT);
        assertThat(learned.stderr()).as("%s", learned).contains(image, "not started", "--backend trace");
        assertThat(Learned.read(recording).losses()).containsOnlyKeys("image_refused");
        Finished shown = Acktrace.run(workspace.fresh(), "show", recording.toString());
        assertThat(shown.stdout()).as("acktrace show").contains(image, "--backend trace");
    }
}
