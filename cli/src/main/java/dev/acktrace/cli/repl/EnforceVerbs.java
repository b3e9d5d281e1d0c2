package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.output.Table;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Shape;
import dev.acktrace.refine.RefineSession;
import dev.acktrace.refine.Rehearsal;
import dev.acktrace.refine.Tightening;
import dev.acktrace.wire.Tightened;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The verb that tightens a running target. */
final class EnforceVerbs {
    private static final int MOST_SITES = 3;

    private EnforceVerbs() {}

    static List<Verb> all() {
        return List.of(new Verb.Builder(
                        "enforce",
                        Group.TARGET,
                        "enforce now [--dry-run] [--phase NAME] [--approved-only] [--kernel] [--force]",
                        "stack the policy as it stands onto every thread of the running target, and refuse the rest",
                        "enforce now --phase serving --dry-run")
                .words(1, Completion.NOW)
                .option(Verb.Option.flag("--dry-run", "only say what it would have refused of what was seen"))
                .option(new Verb.Option("--phase", "NAME", "only calls of one phase are allowed", Completion.PHASE))
                .option(Verb.Option.flag("--approved-only", "only what a person or the start policy allowed"))
                .option(Verb.Option.flag("--kernel", "the kernel answers: nobody hears of it, nobody can allow it"))
                .option(Verb.Option.flag("--force", "also threads with filters of their own, at their risk"))
                .does(EnforceVerbs::enforce));
    }

    private static void enforce(ReplContext context, Arguments arguments)
            throws LineError, FaultException, InterruptedException {
        Word word = arguments.word(0, "'now'");
        if (!word.text().equals("now")) {
            throw new LineError(
                    word.column(), "'" + word.text() + "' is not 'now'", "'mode enforce' refuses without a filter.");
        }
        RefineSession session = context.session();
        Policy policy = RefineSession.stackable(PolicyVerbs.policy(context, arguments));
        boolean kernel = arguments.has("--kernel");
        if (arguments.has("--dry-run")) {
            int size = RefineSession.filterSize(policy, kernel);
            context.print(rehearsal(policy, session.rehearse(policy)) + "a filter of " + size + " instructions\n");
            return;
        }
        Tightening tightening = session.tighten(policy, kernel, arguments.has("--force"));
        context.checkHelper();
        context.print(result(tightening));
    }

    /** What would have been refused. */
    static String rehearsal(Policy policy, List<Rehearsal.Refusal> refusals) {
        String otherwise = answer(policy.defaultAction());
        if (refusals.isEmpty()) {
            return "nothing of what was seen would have been refused; what was not seen gets " + otherwise + "\n";
        }
        Map<String, List<Rehearsal.Refusal>> byCall = new TreeMap<>();
        long calls = 0;
        for (Rehearsal.Refusal refusal : refusals) {
            calls += refusal.shape().count();
            byCall.computeIfAbsent(CallText.of(refusal.shape()), text -> new ArrayList<>())
                    .add(refusal);
        }
        Table table = new Table("lrlll");
        for (Map.Entry<String, List<Rehearsal.Refusal>> entry : byCall.entrySet()) {
            table.row(cells(entry.getKey(), entry.getValue()));
        }
        return calls + (calls == 1 ? " call" : " calls") + " of what was seen would have been refused:\n"
                + table.text("  ") + "what was not seen gets " + otherwise + "\n";
    }

    private static String[] cells(String call, List<Rehearsal.Refusal> refusals) {
        long count = 0;
        TreeSet<String> images = new TreeSet<>();
        TreeSet<String> sites = new TreeSet<>();
        for (Rehearsal.Refusal refusal : refusals) {
            Shape shape = refusal.shape();
            count += shape.count();
            images.add(CallText.printable(CallText.base(shape.key().image())));
            shape.sites().forEach(site -> sites.add(CallText.printable(Symbols.describe(site.file(), site.offset()))));
        }
        String from =
                String.join(", ", sites.stream().limit(MOST_SITES).toList()) + (sites.size() > MOST_SITES ? ", …" : "");
        Optional<Action> action = refusals.get(0).action();
        return new String[] {
            action.map(EnforceVerbs::answer).orElse("by arguments"), "x" + count, call, String.join(", ", images), from
        };
    }

    private static String answer(Action action) {
        return action.kind() == Action.Kind.ERRNO ? CallText.errno(action.data()) : action.toString();
    }

    private static String result(Tightening tightening) {
        StringBuilder text = new StringBuilder();
        Tightening.Total total = tightening.total().orElse(new Tightening.Total(0, 0, 0));
        text.append(total.have()).append(total.have() == 1 ? " thread has" : " threads have");
        text.append(" the filter");
        if (total.processes() > 0) {
            text.append(", ").append(total.processes());
            text.append(total.processes() == 1 ? " process" : " processes").append(" at once (TSYNC)");
        }
        text.append(total.without() == 0 ? "" : "; " + total.without() + " could not follow")
                .append('\n');
        for (Tightening.Word word : tightening.words()) {
            text.append("  ").append(word(word)).append('\n');
        }
        return text.append("mode enforce: what is unknown is refused and told\n")
                .toString();
    }

    /** What became of one thread. */
    static String word(Tightening.Word word) {
        String name = word.name().isEmpty() ? "" : " (" + CallText.printable(word.name()) + ")";
        String thread = "thread " + word.tid() + name + " of process " + word.pid() + ": ";
        if (word.what() == Tightened.REFUSED) {
            return thread + word.what().meaning() + " with " + CallText.errno(word.errno());
        }
        return thread + word.what().meaning();
    }
}
