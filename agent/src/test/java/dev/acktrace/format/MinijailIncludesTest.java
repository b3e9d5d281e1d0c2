package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Policies of minijail that are spread over several files. */
class MinijailIncludesTest {
    private static final Map<String, String> FILES = Map.of(
            "base.policy", "# shared\nread: 1\n@default trap\n",
            "deep.policy", "@include base.policy\nwrite: 1\n",
            "self.policy", "@include self.policy\n",
            "wrong.policy", "read: 1\nnonsense 5\n");

    private static final class Files implements Includes {
        @Override
        public String resolve(String path, String from) {
            return "dir/" + path;
        }

        @Override
        public byte[] read(String file) throws IOException {
            String text = FILES.get(file.substring("dir/".length()));
            if (text == null) {
                throw new FileNotFoundException("there is no such file");
            }
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    private static Imported read(String text) throws FormatException {
        return PolicyReader.read(
                text.getBytes(StandardCharsets.UTF_8), "main.policy", OciOptions.strict(), new Files());
    }

    @Test
    void the_lines_of_an_included_file_count_as_those_of_the_policy() throws FormatException {
        Imported policy = read("@include deep.policy\nclose: 1\n");
        for (String call : new String[] {"read", "write", "close"}) {
            assertThat(policy.policy().rules()).anyMatch(rule -> rule.call().equals(call));
        }
        assertThat(policy.policy().decide(SeccompData.of(Abi.host(), 500), Action.KILL_THREAD))
                .isEqualTo(Action.trap(0));
        assertThat(policy.source().lines().values()).containsExactly(2);
    }

    @Test
    void a_file_that_is_not_there_or_is_wrong_or_includes_itself_is_told_with_its_place() {
        assertThatThrownBy(() -> read("close: 1\n@include no.policy\n"))
                .hasMessageContaining("main.policy:2:10")
                .hasMessageContaining("there is no such file");
        assertThatThrownBy(() -> read("@include wrong.policy\n")).hasMessageContaining("dir/wrong.policy:2");
        assertThatThrownBy(() -> read("@include self.policy\n")).hasMessageContaining("dir/self.policy:1");
        assertThatThrownBy(() -> read("@include base.policy\nread: 1\n")).hasMessageContaining("two lines for read");
    }

    @Test
    void who_gives_no_way_to_other_files_reads_none() {
        assertThatThrownBy(() -> PolicyReader.read(
                        "@include base.policy\n".getBytes(StandardCharsets.UTF_8), "p", OciOptions.strict()))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("not read here");
    }
}
