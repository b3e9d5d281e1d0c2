package dev.acktrace.cli.repl;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.Main;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.LearnSummary;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.OciWriter;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Run;
import dev.acktrace.recording.RunEnd;
import dev.acktrace.report.LearnReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Verbs that are commands of acktrace, carried out on the policy as it stands. */
final class ToolVerbs {
    private ToolVerbs() {}

    static List<Verb> all() {
        return List.of(
                new Verb.Builder(
                                "export",
                                Group.POLICY,
                                "export FORMAT [FILE]",
                                "the policy as it stands in the format of another tool",
                                "export systemd web.conf")
                        .words(2, Completion.FORMAT, Completion.FILE)
                        .does(ToolVerbs::export),
                new Verb.Builder(
                                "compile",
                                Group.POLICY,
                                "compile FILE",
                                "the policy as it stands as a filter for the kernel",
                                "compile web.bpf")
                        .words(1, Completion.FILE)
                        .does((context, arguments) -> {
                            String file =
                                    arguments.word(0, "the name of a file").text();
                            onPolicy(context, List.of("compile", "-o", file), List.of());
                        }),
                new Verb.Builder(
                                "eval",
                                Group.POLICY,
                                "eval CALL [VALUE…]",
                                "what the compiled policy answers to a call",
                                "eval socket 2 1 0")
                        .words(7, Completion.CALL, Completion.NONE)
                        .does((context, arguments) -> {
                            SeenVerbs.call(arguments.word(0, "a system call"));
                            onPolicy(context, List.of("eval"), arguments.texts());
                        }),
                new Verb.Builder("report", Group.SEEN, "report", "a summary of all that was seen", "report")
                        .does(ToolVerbs::report),
                new Verb.Builder("lint", Group.POLICY, "lint", "what is weak or odd in the policy as it stands", "lint")
                        .does((context, arguments) -> onPolicy(context, List.of("lint"), List.of())),
                new Verb.Builder("doctor", Group.SESSION, "doctor", "what works on this machine", "doctor")
                        .does((context, arguments) -> run(context, List.of("doctor"))));
    }

    private static void export(ReplContext context, Arguments arguments) throws LineError, FaultException {
        List<String> words = new ArrayList<>(
                List.of("export", "--format", arguments.word(0, "a format").text()));
        Optional<Word> file = arguments.word(1);
        if (file.isPresent()) {
            words.addAll(List.of("-o", file.get().text()));
        }
        onPolicy(context, words, List.of());
    }

    /** Runs a command with the policy as its file. */
    private static void onPolicy(ReplContext context, List<String> before, List<String> behind) throws FaultException {
        Path file = StartFiles.stateDirectory()
                .resolve("policy-" + ProcessHandle.current().pid() + ".json");
        try {
            String text = OciWriter.write(context.session().policy(false)).text();
            AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
            List<String> words = new ArrayList<>(before);
            words.add(file.toString());
            words.addAll(behind);
            run(context, words, file.toString());
        } finally {
            delete(file);
        }
    }

    private static void delete(Path file) throws FaultException {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new FaultException(
                    new Fault("cannot remove '" + file + "'", AtomicFile.reason(e), "Remove it by hand."), e);
        }
    }

    private static void run(ReplContext context, List<String> words) throws FaultException {
        run(context, words, "");
    }

    /** Runs a command; what it says of a file of our own it says of the policy. */
    private static void run(ReplContext context, List<String> words, String own) throws FaultException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(words.toArray(new String[0]), new Console(out, err));
        if (status == ExitCode.USAGE || status >= ExitCode.OWN_FAILURE) {
            String why =
                    err.toString(StandardCharsets.UTF_8).lines().findFirst().orElse("no reason was given");
            throw new FaultException(
                    "cannot carry out '" + words.get(0) + "'",
                    named(why, own).replaceFirst("^acktrace: ", ""),
                    "'help " + words.get(0) + "' shows an example.");
        }
        String text = named(out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8), own);
        if (!text.isEmpty()) {
            context.print(text.endsWith("\n") ? text : text + "\n");
        }
    }

    private static String named(String text, String own) {
        return own.isEmpty() ? text : text.replace(own, "policy");
    }

    private static void report(ReplContext context, Arguments arguments) throws FaultException {
        Optional<Run> run = context.session().snapshot();
        if (run.isEmpty()) {
            throw new FaultException("there is nothing to report", "no target was launched yet", "'run' launches one.");
        }
        Set<String> known = new TreeSet<>();
        if (context.session().plan().start().isPresent()) {
            for (Rule rule : context.session().plan().start().get().rules()) {
                if (rule.action().equals(Action.ALLOW)) {
                    known.add(rule.call());
                }
            }
        }
        Run soFar = upToNow(context, run.get());
        LearnReport report = LearnReport.of(List.of(soFar), known);
        LearnSummary summary = new LearnSummary(report, soFar, context.session().outcome(), context.policyFile(), "");
        context.print(summary.text(context.screen().palette()));
    }

    /** A run that goes on, with the numbers that it would end with now. */
    private static Run upToNow(ReplContext context, Run run) {
        long elapsedNs = (System.currentTimeMillis() - run.header().startMs()) * 1_000_000;
        RunEnd end = Observations.end(context.session().segment(), 0, elapsedNs);
        return new Run(run.header(), run.images(), run.shapes(), run.counts(), Optional.of(end));
    }
}
