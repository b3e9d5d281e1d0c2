package dev.acktrace.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How actions are written: the names that scripts rely on. */
class ActionTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALLOW",
                "LOG",
                "NOTIFY",
                "TRAP",
                "TRAP(7)",
                "ERRNO(0)",
                "ERRNO(38)",
                "TRACE(0)",
                "TRACE(65535)",
                "KILL_THREAD",
                "KILL_PROCESS"
            })
    void what_is_written_is_read_again(String text) {
        assertThat(Action.parse(text).orElseThrow()).hasToString(text);
    }
}
