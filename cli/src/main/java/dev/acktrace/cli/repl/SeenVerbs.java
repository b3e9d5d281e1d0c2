package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.output.Table;
import dev.acktrace.cli.repl.Verb.Completion;
import dev.acktrace.cli.repl.Verb.Group;
import dev.acktrace.fault.FaultException;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.Site;
import dev.acktrace.refine.Decision;
import dev.acktrace.refine.Phase;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.report.CallFactsheet;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Argument;
import dev.acktrace.syscall.SignificantArguments;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Verbs that show what was seen and why it is as it is. */
final class SeenVerbs {
    private static final Comparator<ShapeView> BY_NAME = Comparator.comparing(ShapeView::call)
            .thenComparing(view -> view.shape().key());

    private SeenVerbs() {}

    static List<Verb> all() {
        return List.of(
                new Verb.Builder(
                                "seen",
                                Group.SEEN,
                                "seen [TEXT] [--new] [--image NAME] [--standing WORD] [--sort name|count|time]",
                                "list the calls that were seen",
                                "seen socket --sort count")
                        .words(1, Completion.SEEN_CALL)
                        .option(Verb.Option.flag("--new", "only what was not listed before"))
                        .option(new Verb.Option(
                                "--image", "NAME", "only calls of programs with this in their path", Completion.IMAGE))
                        .option(new Verb.Option(
                                "--standing", "WORD", "only learned, allowed, denied, refused …", Completion.NONE))
                        .option(new Verb.Option("--sort", "KEY", "name, count or time", Completion.NONE))
                        .does(SeenVerbs::seen),
                new Verb.Builder("show", Group.SEEN, "show CALL", "what a call is, and how it was used", "show ioctl")
                        .words(1, Completion.CALL)
                        .does(SeenVerbs::show),
                new Verb.Builder(
                                "why",
                                Group.SEEN,
                                "why CALL|DECISION",
                                "evidence and decision behind what becomes of a call",
                                "why connect")
                        .words(1, Completion.SEEN_CALL)
                        .does(SeenVerbs::why),
                new Verb.Builder(
                                "explain",
                                Group.SEEN,
                                "explain CALL [VALUE…]",
                                "what the policy as it stands does to a call",
                                "explain socket 2 1 0")
                        .words(7, Completion.CALL, Completion.NONE)
                        .does(SeenVerbs::explain),
                new Verb.Builder("phase", Group.SEEN, "phase [NAME]", "list phases, or begin one", "phase serving")
                        .words(1, Completion.PHASE)
                        .does(SeenVerbs::phase));
    }

    private static void seen(ReplContext context, Arguments arguments) throws LineError {
        String text = arguments.word(0).map(Word::text).orElse("");
        String sort = arguments.value("--sort").orElse("name");
        if (!Set.of("name", "count", "time").contains(sort)) {
            throw new LineError(1, "'" + sort + "' is no key to sort by", "There are name, count and time.");
        }
        List<ShapeView> views = new ArrayList<>();
        for (ShapeView view : context.session().engine().shapes()) {
            boolean fresh = context.show(view.shape().key());
            boolean wanted = (fresh || !arguments.has("--new"))
                    && (view.call().contains(text)
                            || CallFactsheet.category(view.call()).equals(text))
                    && view.shape()
                            .key()
                            .image()
                            .contains(arguments.value("--image").orElse(""))
                    && view.standing()
                            .label()
                            .startsWith(arguments.value("--standing").orElse(""));
            if (wanted) {
                views.add(view);
            }
        }
        views.sort(
                switch (sort) {
                    case "count" ->
                        Comparator.comparingLong(
                                        (ShapeView view) -> view.shape().count())
                                .reversed()
                                .thenComparing(BY_NAME);
                    case "time" -> Comparator.comparingLong(view -> view.shape().firstNs());
                    default -> BY_NAME;
                });
        context.print(views.isEmpty() ? "nothing\n" : table(views).text(""));
    }

    private static Table table(List<ShapeView> views) {
        Table table = new Table("lrll");
        for (ShapeView view : views) {
            table.row(
                    view.standing().label() + (view.decision() == 0 ? "" : " #" + view.decision()),
                    "x" + view.shape().count(),
                    CallText.of(view.shape()),
                    CallText.base(view.shape().key().image()));
        }
        return table;
    }

    /** The call that a word names, on the host's ABI. */
    static Syscall call(Word word) throws LineError {
        OptionalInt number = SyscallTable.of(Abi.host()).parse(word.text());
        if (number.isEmpty()) {
            throw new LineError(
                    word.column(),
                    "no system call '" + word.text() + "' on " + Abi.host().label(),
                    nearest(word));
        }
        return new Syscall(Abi.host(), number.getAsInt());
    }

    private static String nearest(Word word) {
        String begin = word.text().substring(0, Math.min(3, word.text().length()));
        List<String> near = SyscallTable.of(Abi.host()).names().stream()
                .filter(name -> name.startsWith(begin))
                .limit(6)
                .toList();
        return near.isEmpty() ? "TAB completes names." : "There are " + String.join(", ", near) + ".";
    }

    private static void show(ReplContext context, Arguments arguments) throws LineError {
        Syscall call = call(arguments.word(0, "a system call"));
        StringBuilder text = new StringBuilder();
        List<String> parameters = new ArrayList<>();
        for (Argument argument : CallText.arguments(call)) {
            parameters.add(argument.type() + " " + argument.name());
        }
        text.append(call.name())
                .append('(')
                .append(String.join(", ", parameters))
                .append(")\n");
        text.append("  about     ").append(CallFactsheet.category(call.name())).append('\n');
        CallFactsheet.risk(call.name())
                .ifPresent(risk -> text.append("  risk      ")
                        .append(risk.severity())
                        .append(": ")
                        .append(risk.reason())
                        .append('\n'));
        SignificantArguments.reason(call.abi(), call.name())
                .ifPresent(
                        reason -> text.append("  told apart by ").append(reason).append('\n'));
        context.print(text.toString());
        List<ShapeView> views = shapesOf(context, call.name());
        context.print(views.isEmpty() ? "  not seen\n" : table(views).text("  "));
    }

    static List<ShapeView> shapesOf(ReplContext context, String call) {
        return context.session().engine().shapes().stream()
                .filter(view -> view.call().equals(call))
                .sorted(BY_NAME)
                .toList();
    }

    private static void why(ReplContext context, Arguments arguments) throws LineError {
        Word word = arguments.word(0, "a system call or the number of a decision");
        if (word.text().matches("#?[0-9]{1,9}")) {
            int id = Integer.parseInt(word.text().replace("#", ""));
            Decision decision = context.session()
                    .refinement()
                    .find(id)
                    .orElseThrow(() -> new LineError(word.column(), "no decision " + id, "'history' lists them."));
            context.print(decision(context, decision));
            return;
        }
        Syscall call = call(word);
        StringBuilder text = new StringBuilder();
        for (ShapeView view : shapesOf(context, call.name())) {
            text.append(evidence(view));
        }
        for (Decision decision : context.session().refinement().all()) {
            if (decision.rules().stream().anyMatch(rule -> rule.call().equals(call.name()))) {
                text.append(decision(context, decision));
            }
        }
        Optional<Policy> start = context.session().plan().start();
        if (start.isPresent()) {
            for (Rule rule : start.get().rules()) {
                if (rule.call().equals(call.name())) {
                    text.append("start policy: ").append(CallText.rule(rule)).append('\n');
                }
            }
        }
        context.print(text.isEmpty() ? "nothing is known of " + call.name() + "\n" : text.toString());
    }

    private static String evidence(ShapeView view) {
        Shape shape = view.shape();
        StringBuilder text = new StringBuilder();
        text.append(view.standing().label())
                .append(": ")
                .append(CallText.of(shape))
                .append('\n');
        text.append("  by        ")
                .append(
                        shape.key().image().isEmpty()
                                ? "the launcher"
                                : CallText.printable(shape.key().image()))
                .append(", first by process ")
                .append(shape.pid())
                .append(", thread ")
                .append(shape.tid())
                .append('\n');
        text.append("  calls     ").append(shape.count());
        if (view.refused() > 0) {
            text.append(", ").append(view.refused()).append(" of them refused when asked");
        }
        text.append(view.phase().isEmpty() ? "" : ", first in phase " + view.phase())
                .append('\n');
        for (Site site : shape.sites()) {
            text.append("  from      ")
                    .append(CallText.printable(Symbols.describe(site.file(), site.offset())))
                    .append('\n');
        }
        return text.toString();
    }

    /** A decision with all that is on record. */
    static String decision(ReplContext context, Decision decision) {
        StringBuilder text = new StringBuilder();
        text.append("decision #").append(decision.id());
        text.append(
                decision.once()
                        ? " (once)"
                        : context.session().refinement().stands(decision.id()) ? "" : " (taken back)");
        text.append(": ")
                .append(String.join(
                        "; ", decision.rules().stream().map(CallText::rule).toList()))
                .append('\n');
        text.append("  by        ")
                .append(decision.who())
                .append(" at ")
                .append(Instant.ofEpochMilli(decision.atMs()).truncatedTo(ChronoUnit.SECONDS))
                .append('\n');
        if (!decision.phase().isEmpty()) {
            text.append("  phase     ").append(decision.phase()).append('\n');
        }
        for (String line : decision.evidence()) {
            text.append("  evidence  ").append(CallText.printable(line)).append('\n');
        }
        if (!decision.note().isEmpty()) {
            text.append("  note      ")
                    .append(CallText.printable(decision.note()))
                    .append('\n');
        }
        return text.toString();
    }

    private static void explain(ReplContext context, Arguments arguments) throws LineError {
        Syscall call = call(arguments.word(0, "a system call"));
        long[] values = new long[Math.max(0, arguments.size() - 1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = ConditionText.number(arguments.word(i + 1, "a value"));
        }
        Policy policy = context.session().policy(false);
        Action action = policy.decide(SeccompData.of(call.abi(), call.number(), values), Action.KILL_PROCESS);
        StringBuilder text = new StringBuilder();
        text.append(call.name()).append(": ").append(action).append('\n');
        List<Rule> rules = policy.rulesFor(call.abi(), call.number());
        for (Rule rule : rules) {
            text.append("  ").append(CallText.rule(rule)).append('\n');
        }
        if (rules.isEmpty()) {
            text.append("  no rule; the default is ")
                    .append(policy.defaultAction())
                    .append('\n');
        }
        context.print(text.toString());
    }

    private static void phase(ReplContext context, Arguments arguments) throws LineError, FaultException {
        Optional<Word> name = arguments.word(0);
        if (name.isPresent()) {
            context.session().phase(name.get().text());
        }
        Table table = new Table("lrl");
        for (Phase phase : context.session().phases()) {
            Set<Syscall> calls = context.session().callsOf(phase);
            table.row(
                    CallText.printable(phase.name()),
                    calls.size() + " calls",
                    Instant.ofEpochMilli(phase.atMs())
                            .truncatedTo(ChronoUnit.SECONDS)
                            .toString());
        }
        context.print(table.text(""));
    }
}
