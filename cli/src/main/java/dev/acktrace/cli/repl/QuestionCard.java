package dev.acktrace.cli.repl;

import dev.acktrace.cli.output.CallText;
import dev.acktrace.cli.output.Palette;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Rule;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.refine.Question;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.refine.Standing;
import dev.acktrace.report.CallFactsheet;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import dev.acktrace.wire.RingRecord;
import dev.acktrace.wire.Text;
import dev.acktrace.wire.TextKind;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a person sees who is asked about a call. */
final class QuestionCard {
    private static final int BATCH_SEVERITY = 7;
    private static final int MOST_RELATIVES = 8;

    private final ReplContext context;

    QuestionCard(ReplContext context) {
        this.context = context;
    }

    /** The whole card; ends with a newline. */
    String text(Question question) {
        Palette palette = context.screen().palette();
        ShapeKey key = question.shape().key();
        RingRecord record = question.first();
        StringBuilder text = new StringBuilder();
        int open = context.session().engine().openQuestions();
        text.append(palette.heading("question " + question.id()));
        text.append(open > 1 ? " of " + open + " open" : "").append(": ");
        text.append(palette.heading(CallText.of(key.call(), record))).append('\n');
        text.append("  by      ").append(CallText.printable(key.image().isEmpty() ? "unknown" : key.image()));
        command(record).ifPresent(name -> text.append(" (").append(name).append(')'));
        text.append(", process ").append(record.pid()).append(", thread ").append(record.tid());
        int more = question.waiting().size() - 1;
        text.append(more > 0 ? " and " + more + " more waiting" : "").append('\n');
        for (String frame : CallSites.of(record)) {
            text.append("  from    ").append(CallText.printable(frame)).append('\n');
        }
        for (String frame : CallSites.callers(record)) {
            text.append("  caller  ").append(CallText.printable(frame)).append('\n');
        }
        risk(palette, key.call())
                .ifPresent(risk -> text.append("  risk    ").append(risk).append('\n'));
        text.append("  about   ").append(CallFactsheet.category(question.call()));
        String relatives = relatives(key.call());
        text.append(relatives.isEmpty() ? "; nothing of that kind is allowed yet" : "; allowed already: " + relatives);
        text.append('\n');
        text.append("  seen    ")
                .append(question.times())
                .append(question.times() == 1 ? " time" : " times")
                .append(" with any arguments, by ")
                .append(question.images())
                .append(question.images() == 1 ? " program" : " programs")
                .append('\n');
        List<List<Condition>> candidates = candidates(context, question);
        for (int i = 0; i < candidates.size(); i++) {
            text.append("  args ")
                    .append(i + 1)
                    .append("  ")
                    .append(condition(key.call(), candidates.get(i)))
                    .append('\n');
        }
        return text.toString();
    }

    private static Optional<String> command(RingRecord record) {
        for (Text text : record.texts()) {
            if (text.kind() == TextKind.COMMAND) {
                return Optional.of(CallText.printable(text.string()));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> risk(Palette palette, Syscall call) {
        return CallFactsheet.risk(call.name()).map(risk -> {
            String text = risk.severity() + " of 9: " + risk.reason();
            return risk.severity() >= BATCH_SEVERITY ? palette.bad(text) : palette.warning(text);
        });
    }

    /** Allowed or learned calls of the same category. */
    private String relatives(Syscall call) {
        String category = CallFactsheet.category(call.name());
        TreeSet<String> names = new TreeSet<>();
        for (ShapeView view : context.session().engine().shapes()) {
            boolean runs = view.standing() == Standing.ALLOWED || view.standing() == Standing.LEARNED;
            if (runs && CallFactsheet.category(view.call()).equals(category)) {
                names.add(view.call());
            }
        }
        List<String> first = names.stream().limit(MOST_RELATIVES).toList();
        return String.join(", ", first) + (names.size() > first.size() ? ", …" : "");
    }

    /** What "with these arguments" can mean, the narrowest first; empty if no argument makes a difference. */
    static List<List<Condition>> candidates(ReplContext context, Question question) {
        ShapeKey key = question.shape().key();
        List<Comparison> all = new ArrayList<>();
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            if (key.isSignificant(i)) {
                all.add(exactly(question, i));
            }
        }
        List<List<Condition>> candidates = new ArrayList<>();
        if (!all.isEmpty()) {
            candidates.add(List.of(new Condition(all)));
            ArgumentChoices.generalized(key.call(), withExecuted(context, key))
                    .filter(held -> !candidates.contains(held))
                    .ifPresent(candidates::add);
        }
        for (Comparison one : all.size() > 1 ? all : List.<Comparison>of()) {
            candidates.add(List.of(Condition.of(one)));
        }
        return candidates;
    }

    /** The shape that is asked about, and those of its call that are executed already. */
    private static List<ShapeKey> withExecuted(ReplContext context, ShapeKey asked) {
        List<ShapeKey> keys = new ArrayList<>(List.of(asked));
        for (ShapeView view : context.session().engine().shapes()) {
            boolean executed = view.standing() == Standing.LEARNED || view.standing() == Standing.ALLOWED;
            if (executed && view.shape().key().call().equals(asked.call())) {
                keys.add(view.shape().key());
            }
        }
        return keys;
    }

    /** The comparison that holds for the value that an argument has in the shape. */
    private static Comparison exactly(Question question, int index) {
        ShapeKey key = question.shape().key();
        long[] masks = Masks.of(key.call());
        return ArgumentChoices.exactly(index, masks[index], key.argument(index));
    }

    /** Alternatives with the names of the call's arguments. */
    static String condition(Syscall call, List<Condition> alternatives) {
        return alternatives.stream().map(one -> condition(call, one)).collect(Collectors.joining(" || "));
    }

    /** A condition with the names of the call's arguments. */
    static String condition(Syscall call, Condition condition) {
        return CallText.condition(Rule.of(call.name(), condition, Action.ALLOW)).replaceFirst("^: ", "");
    }

    /** The calls of the same category on the call's ABI, itself included. */
    static List<String> family(Syscall call) {
        String category = CallFactsheet.category(call.name());
        return SyscallTable.of(call.abi()).names().stream()
                .filter(name -> CallFactsheet.category(name).equals(category))
                .toList();
    }

    /** What was known when a question was answered. */
    static List<String> evidence(Question question) {
        List<String> lines = new ArrayList<>();
        ShapeKey key = question.shape().key();
        lines.add(CallText.of(key.call(), question.first()));
        lines.add(key.image() + ", process " + question.first().pid() + ", thread "
                + question.first().tid());
        lines.addAll(CallSites.of(question.first()));
        CallSites.callers(question.first()).forEach(frame -> lines.add("called from " + frame));
        return lines;
    }
}
