package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All of {@link ScriptReplTest} with targets that report by themselves, from the stub. */
class AckReplTest extends ScriptReplTest {
    @Override
    ReplProcess start(Path in, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("--backend", "ack"));
        all.addAll(List.of(words));
        return ReplProcess.start(in, all.toArray(new String[0]));
    }

    @Test
    void what_needs_a_tracer_says_so_and_names_the_backend_that_has_one() throws Exception {
        try (ReplProcess repl = start(directory, "--keep-going", "--", "/bin/sleep", "60")) {
            repl.send("run", "enforce now", "attach 1", "kill", "quit");
            assertThat(repl.end()).isEqualTo(2);
            assertThat(repl.err())
                    .contains("cannot stack a filter", "under the backend ack nobody traces the target")
                    .contains("cannot attach to process 1", "Begin the session with --backend trace");
            assertThat(repl.out()).contains("ended by SIGKILL");
        }
    }
}
