package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.SeccompData;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What happens to one call, depending on its arguments: the first choice whose condition holds, else the rest.
 *
 * @param choices in order of precedence
 * @param otherwise if no condition holds
 */
public record Verdict(List<Choice> choices, Action otherwise) {
    /**
     * One alternative.
     *
     * @param condition when
     * @param action what then
     */
    public record Choice(Condition condition, Action action) {}

    public Verdict {
        choices = List.copyOf(choices);
    }

    /** A verdict that does not look at arguments. */
    public static Verdict of(Action action) {
        return new Verdict(List.of(), action);
    }

    /** Whether arguments do not matter. */
    public boolean constant() {
        return choices.isEmpty();
    }

    Verdict map(UnaryOperator<Action> change) {
        return new Verdict(
                choices.stream()
                        .map(choice -> new Choice(choice.condition(), change.apply(choice.action())))
                        .toList(),
                change.apply(otherwise));
    }

    /** The answer for a call. */
    public Action decide(SeccompData call) {
        for (Choice choice : choices) {
            if (choice.condition().test(call)) {
                return choice.action();
            }
        }
        return otherwise;
    }
}
