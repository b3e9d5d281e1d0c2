package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Observations;
import dev.acktrace.recording.Shape;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.wire.WireAbi;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a policy would have done to calls that were seen. */
public final class Rehearsal {
    private Rehearsal() {}

    /**
     * A shape that would have been refused.
     *
     * @param action with what; empty if it depends on arguments that were not told apart
     */
    public record Refusal(Shape shape, Optional<Action> action) {}

    /**
     * Goes through what was seen.
     *
     * @param masks which bits of arguments shapes are told apart by
     */
    public static List<Refusal> of(Policy policy, Collection<Shape> shapes, Observations.Masks masks) {
        Judge judge = new Judge(Optional.of(policy));
        List<Refusal> refusals = new ArrayList<>();
        for (Shape shape : shapes) {
            if (!shape.has(Shape.LAUNCH) && !shape.has(Shape.DENIED)) {
                judge(
                                policy,
                                judge.judge(
                                        shape.key().call(),
                                        arguments(shape.key()),
                                        known(shape.key(), masks),
                                        List.of()))
                        .ifPresent(action -> refusals.add(new Refusal(shape, action)));
            }
        }
        return refusals;
    }

    /** Whether a policy allows a shape, or may, as far as its arguments are known. */
    static boolean mayRun(Judge judge, ShapeKey key, Observations.Masks masks) {
        Judgement judgement = judge.judge(key.call(), arguments(key), known(key, masks), List.of());
        return judgement instanceof Judgement.Depends
                || (judgement instanceof Judgement.Decided decided
                        && decided.action().kind() == Action.Kind.ALLOW);
    }

    /** Empty: it runs; else the refusal, as a {@link Refusal} has it. */
    private static Optional<Optional<Action>> judge(Policy policy, Judgement judgement) {
        if (judgement instanceof Judgement.Depends) {
            return Optional.of(Optional.empty());
        }
        if (judgement instanceof Judgement.Decided decided) {
            boolean runs = decided.action().kind() == Action.Kind.ALLOW;
            return runs ? Optional.empty() : Optional.of(Optional.of(decided.action()));
        }
        return Optional.of(Optional.of(policy.defaultAction()));
    }

    private static long[] arguments(ShapeKey key) {
        long[] arguments = new long[6];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = key.isSignificant(i) ? key.argument(i) : 0;
        }
        return arguments;
    }

    private static long[] known(ShapeKey key, Observations.Masks masks) {
        long[] known = masks.of(WireAbi.index(key.abi()), key.number()).clone();
        for (int i = 0; i < known.length; i++) {
            known[i] = key.isSignificant(i) ? known[i] : 0;
        }
        return known;
    }
}
