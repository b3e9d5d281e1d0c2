package dev.acktrace.enforce;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Instruction;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.bpf.Verdict;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Condition;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.AckCalls;
import dev.acktrace.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The learning filter of the backend {@code ack}. Known calls of x86-64 pass by their number, without a look at the
 * instruction pointer, so that the kernel's action cache takes them; those that the stub has to see pass where their
 * arguments are of no concern to it ({@link AckPassing}); everything else is trapped unless the stub makes it. Calls through other ABIs are trapped always: the stub answers them, and they are never executed unreported.
 */
public final class AckFilter {
    private static final Action TRAP = Action.trap(0);
    private static final long X32 = Integer.toUnsignedLong(Wire.X32_BIT);

    private static final int CHOICES = 8; // of a call that the stub has to see; more are not worth their tests
    private static final int LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS, linux/bpf_common.h
    private static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private static final int EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int SKIP = 0x05; // BPF_JMP | BPF_JA
    private static final int RETURN = 0x06; // BPF_RET | BPF_K
    private static final int POINTER = 8; // offset of seccomp_data.instruction_pointer, linux/seccomp.h

    private AckFilter() {}

    /**
     * The program.
     *
     * @param known a plan in which what is known is ALLOW; its other actions do not matter. Empty: nothing is known.
     *     What does not fit into one filter counts as not known
     */
    public static Program compile(Optional<Plan> known) {
        Plan nothing = new Plan(List.of(), TRAP);
        try {
            Program program = pastTheStub(Compiler.compile(narrowed(known.orElse(nothing)), CompileOptions.SMALL));
            if (program.size() <= Program.MAX_INSTRUCTIONS) {
                return program;
            }
        } catch (CompileException e) {
            // Less is known, then.
        }
        return pastTheStub(Compiler.compile(narrowed(nothing), CompileOptions.SMALL));
    }

    /** The plan with TRAP for all that must be seen, and ALLOW for what cannot be trapped. */
    static Plan narrowed(Plan known) {
        Plan clear = known.map(action -> action.equals(Action.ALLOW) ? Action.ALLOW : TRAP);
        List<Plan.Span> spans = List.of(new Plan.Span(0, Verdict.of(TRAP)));
        for (Plan.Section section : clear.sections()) {
            if (section.arch() == Abi.X86_64.auditArch()) {
                spans = section.spans();
            }
        }
        NavigableMap<Long, Verdict> byNumber = new TreeMap<>();
        for (Plan.Span span : spans) {
            byNumber.put(Integer.toUnsignedLong(span.from()), span.verdict());
        }
        for (Syscall call : AckCalls.trapped()) {
            set(
                    byNumber,
                    call,
                    seenByTheStub(
                            call, byNumber.floorEntry((long) call.number()).getValue()));
        }
        for (Syscall call : AckCalls.inferred()) {
            set(byNumber, call, Verdict.of(Action.ALLOW));
        }
        byNumber.tailMap(X32).clear();
        byNumber.put(X32, Verdict.of(TRAP));
        List<Plan.Span> all = new ArrayList<>();
        byNumber.forEach((from, verdict) -> {
            if (all.isEmpty() || !all.get(all.size() - 1).verdict().equals(verdict)) {
                all.add(new Plan.Span(from.intValue(), verdict));
            }
        });
        return new Plan(List.of(new Plan.Section(Abi.X86_64.auditArch(), all)), TRAP);
    }

    private static void set(NavigableMap<Long, Verdict> byNumber, Syscall call, Verdict verdict) {
        long number = call.number();
        byNumber.putIfAbsent(number + 1, byNumber.floorEntry(number).getValue());
        byNumber.put(number, verdict);
    }

    /** The verdict on a call that the stub looks at: known, and of no concern to the stub, is ALLOW. */
    private static Verdict seenByTheStub(Syscall call, Verdict known) {
        Optional<Condition> passing = AckPassing.of(call);
        if (passing.isEmpty() || known.choices().size() > CHOICES) {
            return Verdict.of(TRAP);
        }
        List<Verdict.Choice> choices = new ArrayList<>();
        for (Verdict.Choice choice : known.choices()) {
            choices.add(
                    choice.action().equals(TRAP)
                            ? choice
                            : new Verdict.Choice(AckPassing.both(choice.condition(), passing.get()), choice.action()));
        }
        if (!known.otherwise().equals(TRAP)) {
            choices.add(new Verdict.Choice(passing.get(), known.otherwise()));
        }
        return new Verdict(choices, TRAP);
    }

    /** Every TRAP becomes a jump, which may be of any distance, to a tail that lets the stub's own calls pass. */
    private static Program pastTheStub(Program program) {
        List<Instruction> tail = List.of(
                new Instruction(LOAD, 0, 0, POINTER + 4),
                new Instruction(EQUAL, 0, 4, 0),
                new Instruction(LOAD, 0, 0, POINTER),
                new Instruction(AND, 0, 0, -Wire.ACK_RANGE_SIZE),
                new Instruction(EQUAL, 0, 1, Wire.ACK_RANGE_START),
                new Instruction(RETURN, 0, 0, Action.ALLOW.word()),
                new Instruction(RETURN, 0, 0, TRAP.word()));
        List<Instruction> all = new ArrayList<>();
        for (int pc = 0; pc < program.size(); pc++) {
            Instruction instruction = program.at(pc);
            boolean traps = instruction.code() == RETURN && instruction.k() == TRAP.word();
            all.add(traps ? new Instruction(SKIP, 0, 0, program.size() - pc - 1) : instruction);
        }
        all.addAll(tail);
        return new Program(all);
    }
}
