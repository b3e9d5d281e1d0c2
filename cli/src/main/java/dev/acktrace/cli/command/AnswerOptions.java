package dev.acktrace.cli.command;

import dev.acktrace.policy.Action;
import picocli.CommandLine.Option;

/** What a filter answers where its policy says nothing. */
final class AnswerOptions {
    @Option(
            names = "--bad-arch",
            paramLabel = "ACTION",
            description = "The answer to architectures that a policy does not cover: KILL_THREAD, as libseccomp.")
    private String badArch = "KILL_THREAD";

    /** The answer. A word that is no action is wrong usage. */
    Action badArch() {
        return Words.action("--bad-arch", badArch);
    }
}
