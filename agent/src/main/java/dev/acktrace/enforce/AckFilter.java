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
import dev.acktrace.syscall.SyscallTable;
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
 * arguments are of no concern to it ({@link AckPassing}); everything else is trapped unless the stub makes it. 32-bit
 * programs have a tracer and no stub: what is not known of i386 goes to it where such programs have their text, and is
 * trapped elsewhere, as are the calls of other ABIs.
 */
public final class AckFilter {
    private static final Action TRAP = Action.trap(0);
    private static final Action TRACE = Action.trace(0);
    private static final long X32 = Integer.toUnsignedLong(Wire.X32_BIT);

    private static final int CHOICES = 8; // of a call that the stub has to see; more are not worth their tests
    private static final int LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS, linux/bpf_common.h
    private static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private static final int EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int NOT_BELOW = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private static final int SKIP = 0x05; // BPF_JMP | BPF_JA
    private static final int RETURN = 0x06; // BPF_RET | BPF_K
    private static final int ARCHITECTURE = 4; // offset of seccomp_data.arch
    private static final int POINTER = 8; // offset of seccomp_data.instruction_pointer, linux/seccomp.h

    /** What the tracer of a 32-bit program has to see: it may execute a 64-bit one, or lose what that needs. */
    private static final List<String> TRACED = List.of("execve", "execveat", "close", "close_range", "dup2", "dup3");

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
        return new Plan(
                List.of(
                        new Plan.Section(Abi.X86_64.auditArch(), ofTheStub(byNumber(clear, Abi.X86_64))),
                        new Plan.Section(Abi.X86.auditArch(), ofTheTracer(byNumber(clear, Abi.X86)))),
                TRAP);
    }

    private static NavigableMap<Long, Verdict> byNumber(Plan plan, Abi abi) {
        NavigableMap<Long, Verdict> byNumber = new TreeMap<>();
        byNumber.put(0L, Verdict.of(TRAP));
        for (Plan.Section section : plan.sections()) {
            if (section.arch() == abi.auditArch()) {
                section.spans().forEach(span -> byNumber.put(Integer.toUnsignedLong(span.from()), span.verdict()));
            }
        }
        return byNumber;
    }

    private static List<Plan.Span> ofTheStub(NavigableMap<Long, Verdict> byNumber) {
        for (Syscall call : AckCalls.trapped()) {
            Verdict known = byNumber.floorEntry((long) call.number()).getValue();
            set(byNumber, call, seenByTheStub(call, known));
        }
        for (Syscall call : AckCalls.inferred()) {
            set(byNumber, call, Verdict.of(Action.ALLOW));
        }
        byNumber.tailMap(X32).clear();
        byNumber.put(X32, Verdict.of(TRAP));
        return spans(byNumber);
    }

    private static List<Plan.Span> ofTheTracer(NavigableMap<Long, Verdict> byNumber) {
        for (String name : TRACED) {
            SyscallTable.of(Abi.X86)
                    .number(name)
                    .ifPresent(number -> set(byNumber, new Syscall(Abi.X86, number), Verdict.of(TRAP)));
        }
        return spans(byNumber);
    }

    private static List<Plan.Span> spans(NavigableMap<Long, Verdict> byNumber) {
        List<Plan.Span> all = new ArrayList<>();
        byNumber.forEach((from, verdict) -> {
            if (all.isEmpty() || !all.get(all.size() - 1).verdict().equals(verdict)) {
                all.add(new Plan.Span(from.intValue(), verdict));
            }
        });
        return all;
    }

    private static void set(NavigableMap<Long, Verdict> byNumber, Syscall call, Verdict verdict) {
        long number = call.number();
        byNumber.putIfAbsent(number + 1, byNumber.floorEntry(number).getValue());
        byNumber.put(number, verdict);
    }

    /** The verdict on a call that the stub looks at: known, and of no concern to the stub, is ALLOW. */
    private static Verdict seenByTheStub(Syscall call, Verdict known) {
        List<Condition> passing = AckPassing.of(call);
        if (passing.isEmpty() || known.choices().size() * passing.size() > CHOICES) {
            return Verdict.of(TRAP);
        }
        List<Verdict.Choice> choices = new ArrayList<>();
        for (Verdict.Choice choice : known.choices()) {
            if (choice.action().equals(TRAP)) {
                choices.add(choice);
            } else {
                passing.forEach(pass ->
                        choices.add(new Verdict.Choice(AckPassing.both(choice.condition(), pass), choice.action())));
            }
        }
        if (!known.otherwise().equals(TRAP)) {
            passing.forEach(pass -> choices.add(new Verdict.Choice(pass, known.otherwise())));
        }
        return new Verdict(choices, TRAP);
    }

    /**
     * Every TRAP becomes a jump, which may be of any distance, to a tail that lets the stub's own calls pass and leaves
     * 32-bit programs to their tracer.
     */
    private static Program pastTheStub(Program program) {
        List<Instruction> tail = List.of(
                new Instruction(LOAD, 0, 0, POINTER + 4),
                new Instruction(EQUAL, 0, 9, 0),
                new Instruction(LOAD, 0, 0, POINTER),
                new Instruction(AND, 0, 0, -Wire.ACK_RANGE_SIZE),
                new Instruction(EQUAL, 0, 1, Wire.ACK_RANGE_START),
                new Instruction(RETURN, 0, 0, Action.ALLOW.word()),
                new Instruction(LOAD, 0, 0, ARCHITECTURE),
                new Instruction(EQUAL, 0, 3, Abi.X86.auditArch()),
                new Instruction(LOAD, 0, 0, POINTER),
                new Instruction(NOT_BELOW, 0, 1, Wire.ACK_NARROW_START),
                new Instruction(RETURN, 0, 0, TRACE.word()),
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
