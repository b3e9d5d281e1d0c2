package dev.acktrace.refine;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.Syscall;
import java.util.List;
import java.util.Optional;

/**
 * Applies decisions and the start policy to calls. The newest decision that fits wins; what no decision fits is the
 * start policy's.
 */
public final class Judge {
    private static final long UPPER_HALF = 0xFFFF_FFFF_0000_0000L;

    private final Optional<Policy> start;

    /** With a start policy, or without one. */
    public Judge(Optional<Policy> start) {
        this.start = start;
    }

    private enum Fit {
        YES,
        NO,
        MAYBE
    }

    /**
     * Judges a call of which some argument bits are known.
     *
     * @param arguments six words
     * @param known six masks: the bits that hold for every call that is judged. Upper halves of arguments of which
     *     the kernel takes 32 bits count as known
     */
    public Judgement judge(Syscall call, long[] arguments, long[] known, List<Decision> decisions) {
        long[] certain = widened(call, known);
        for (int i = decisions.size() - 1; i >= 0; i--) {
            Decision decision = decisions.get(i);
            for (Rule rule : decision.rules()) {
                if (!isAbout(rule, call)) {
                    continue;
                }
                Fit fit = fit(narrowed(rule.condition(), call.abi()), arguments, certain);
                if (fit == Fit.YES) {
                    return new Judgement.Decided(rule.action(), rule, decision.id());
                }
                if (fit == Fit.MAYBE) {
                    return new Judgement.Depends(rule, decision.id());
                }
            }
        }
        return start.isPresent() ? byPolicy(start.get(), call, arguments, certain) : new Judgement.Unknown();
    }

    private static Judgement byPolicy(Policy policy, Syscall call, long[] arguments, long[] certain) {
        if (!policy.architectures().contains(call.abi())) {
            return new Judgement.Unknown();
        }
        Judgement best = new Judgement.Unknown();
        Action strictest = Action.ALLOW;
        for (Rule rule : policy.rulesFor(call.abi(), call.number())) {
            Fit fit = fit(rule.condition(), arguments, certain);
            if (fit == Fit.MAYBE) {
                return new Judgement.Depends(rule, 0);
            }
            Optional<Action> action = usable(rule.action());
            if (fit == Fit.YES && action.isPresent() && action.get().compareTo(strictest) <= 0) {
                strictest = action.get();
                best = new Judgement.Decided(strictest, rule, 0);
            }
        }
        if (best instanceof Judgement.Unknown && usable(policy.defaultAction()).equals(Optional.of(Action.ALLOW))) {
            return new Judgement.Decided(Action.ALLOW, Rule.of(call.name(), Action.ALLOW), 0);
        }
        return best;
    }

    /** What of a policy's actions a live target can be given; empty for those that mean "tell somebody". */
    private static Optional<Action> usable(Action action) {
        return switch (action.kind()) {
            case ALLOW, LOG -> Optional.of(Action.ALLOW);
            case ERRNO -> Optional.of(action);
            case KILL_PROCESS, KILL_THREAD -> Optional.of(Action.KILL_PROCESS);
            case TRAP, NOTIFY, TRACE -> Optional.empty();
        };
    }

    static boolean isAbout(Rule rule, Syscall call) {
        var number = rule.number(call.abi());
        return number.isPresent() && number.getAsInt() == call.number();
    }

    private static Condition narrowed(Condition condition, Abi abi) {
        return abi.narrow() ? condition.narrowed() : condition;
    }

    private static long[] widened(Syscall call, long[] known) {
        long[] certain = known.clone();
        String name = call.name();
        for (int i = 0; i < certain.length; i++) {
            if (Signatures.bits(call.abi(), name, i) == 32) {
                certain[i] |= UPPER_HALF;
            }
        }
        return certain;
    }

    private static Fit fit(Condition condition, long[] arguments, long[] certain) {
        Fit all = Fit.YES;
        for (Comparison comparison : condition.comparisons()) {
            Fit one = fit(comparison, arguments[comparison.index()], certain[comparison.index()]);
            if (one == Fit.NO) {
                return Fit.NO;
            }
            if (one == Fit.MAYBE) {
                all = Fit.MAYBE;
            }
        }
        return all;
    }

    private static Fit fit(Comparison comparison, long argument, long certain) {
        if ((comparison.mask() & ~certain) == 0) {
            return comparison.test(argument) ? Fit.YES : Fit.NO;
        }
        long differing = (argument ^ comparison.value()) & comparison.mask() & certain;
        return switch (comparison.operator()) {
            case EQ, MASKED_EQ -> differing != 0 ? Fit.NO : Fit.MAYBE;
            case NE -> differing != 0 ? Fit.YES : Fit.MAYBE;
            case LT, LE, GE, GT -> Fit.MAYBE;
        };
    }
}
