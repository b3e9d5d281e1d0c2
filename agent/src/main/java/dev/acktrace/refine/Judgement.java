package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Rule;

/** What is known of a shape before anybody is asked. */
public sealed interface Judgement {
    /**
     * A rule decides all calls of the shape.
     *
     * @param action ALLOW, ERRNO or KILL_PROCESS
     * @param rule the rule
     * @param decision id of the decision that the rule comes from; 0: the start policy
     */
    record Decided(Action action, Rule rule, int decision) implements Judgement {}

    /** Rules look at arguments that the shape does not tell apart: each call has to be judged by itself. */
    record Depends(Rule rule, int decision) implements Judgement {}

    /** The same call with the same significant arguments was learned before. */
    record Learned() implements Judgement {}

    /** Nothing says anything. */
    record Unknown() implements Judgement {}
}
