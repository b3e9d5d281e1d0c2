package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import dev.acktrace.format.Exported;
import dev.acktrace.format.Loss;
import dev.acktrace.format.OciWriter;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.refine.Phase;
import dev.acktrace.syscall.Abi;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Verbs about the policy as a whole. */
final class PolicyVerbs {
    private PolicyVerbs() {}

    static List<Verb> all() {
        return List.of(
                new Verb.Builder(
                                "diff",
                                Group.POLICY,
                                "diff [POLICY]",
                                "what changed since the start, or against a file",
                                "diff old.json")
                        .words(1, Completion.FILE)
                        .does(PolicyVerbs::diff),
                new Verb.Builder(
                                "save",
                                Group.POLICY,
                                "save [FILE] [--approved-only] [--phase NAME] [--rules HOW]",
                                "write the policy and the record of decisions beside it",
                                "save web.json --approved-only")
                        .words(1, Completion.FILE)
                        .option(Verb.Option.flag(
                                "--approved-only", "only what a person allowed or the start policy had"))
                        .option(new Verb.Option("--phase", "NAME", "only calls of one phase", Completion.PHASE))
                        .option(new Verb.Option(
                                "--rules",
                                "HOW",
                                "what was learned with any arguments (names) or as it was seen (args)",
                                Completion.RULES))
                        .does(PolicyVerbs::save));
    }

    /** Reads a policy with its warnings. */
    static Policy read(ReplContext context, String file) throws FaultException {
        return StartFiles.policy(file, warning -> context.screen().notice(warning));
    }

    private static void diff(ReplContext context, Arguments arguments) throws FaultException {
        Optional<Word> file = arguments.word(0);
        Policy before = file.isPresent()
                ? read(context, file.get().text())
                : context.session().plan().start().orElse(Policy.of(Action.errno(1), List.of(Abi.host()), List.of()));
        Policy after = context.session().policy(false);
        context.print(differences(context, before, after));
    }

    private static String differences(ReplContext context, Policy before, Policy after) {
        StringBuilder text = new StringBuilder();
        var palette = context.screen().palette();
        if (!before.defaultAction().equals(after.defaultAction())) {
            text.append("~ default ")
                    .append(before.defaultAction())
                    .append(" -> ")
                    .append(after.defaultAction())
                    .append('\n');
        }
        TreeSet<Rule> all = new TreeSet<>(before.rules());
        all.addAll(after.rules());
        for (Rule rule : all) {
            boolean was = before.rules().contains(rule);
            boolean is = after.rules().contains(rule);
            if (was && !is) {
                text.append(palette.bad("- " + CallText.rule(rule))).append('\n');
            } else if (is && !was) {
                text.append(palette.good("+ " + CallText.rule(rule))).append('\n');
            }
        }
        return text.isEmpty() ? "no difference\n" : text.toString();
    }

    private static void save(ReplContext context, Arguments arguments) throws LineError, FaultException {
        String file = arguments.word(0).map(Word::text).orElse(context.policyFile());
        if (file.isEmpty()) {
            arguments.word(0, "the name of a file");
        }
        boolean approvedOnly = arguments.has("--approved-only");
        Policy policy = policy(context, arguments);
        Optional<String> phase = arguments.value("--phase");
        Exported exported = OciWriter.write(policy);
        AtomicFile.write(Path.of(file), exported.text().getBytes(StandardCharsets.UTF_8));
        if (!phase.isPresent()) {
            context.session().refinement().journalAt(Path.of(file + StartFiles.JOURNAL_ENDING));
            context.session().refinement().saved(file, approvedOnly);
            context.policyFile(file);
        }
        List<String> told = new ArrayList<>();
        told.add(policy.rules().size() + " rules written to '" + CallText.printable(file) + "'");
        for (Loss loss : exported.losses()) {
            told.add((loss.widens() ? "wider than meant: " : "note: ") + loss.message());
        }
        context.print(String.join("\n", told) + "\n");
    }

    /** The policy as it stands, or the part of it that {@code --approved-only} or {@code --phase} names. */
    static Policy policy(ReplContext context, Arguments arguments) throws LineError {
        Optional<String> phase = arguments.value("--phase");
        if (phase.isPresent() && arguments.has("--approved-only")) {
            throw new LineError(
                    1, "--phase and --approved-only exclude each other", "What a phase needs was learned in it.");
        }
        String rules = arguments.value("--rules").orElse("names");
        if (!rules.equals("names") && !rules.equals("args")) {
            throw new LineError(1, "--rules takes names or args, not '" + rules + "'", "Without it, it is names.");
        }
        return phase.isPresent()
                ? context.session().policy(phase(context, phase.get()), rules.equals("args"))
                : context.session().policy(arguments.has("--approved-only"), rules.equals("args"));
    }

    private static Phase phase(ReplContext context, String name) throws LineError {
        List<Phase> phases = context.session().phases();
        for (int i = phases.size() - 1; i >= 0; i--) {
            if (phases.get(i).name().equals(name)) {
                return phases.get(i);
            }
        }
        throw new LineError(1, "no phase '" + name + "'", "'phase' lists them.");
    }
}
