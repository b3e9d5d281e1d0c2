package dev.acktrace.cli.command;

import dev.acktrace.bpf.Plan;
import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.FaultException;
import dev.acktrace.format.FilterReader;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.PolicyReader;
import dev.acktrace.generalize.GeneralizeOptions;
import dev.acktrace.generalize.GeneralizeOptions.Arguments;
import dev.acktrace.generalize.GeneralizeOptions.Closure;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.RecordingFile;
import dev.acktrace.session.LearnedPolicy;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Errno;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Policies, recordings and compiled filters that a command line names, as what they answer. */
final class PlanInputs {
    private final OciOptions options;
    private final boolean arguments;
    private final Console console;

    /**
     * A reader.
     *
     * @param arguments whether a recording allows only the known arguments that it holds
     */
    PlanInputs(OciOptions options, boolean arguments, Console console) {
        this.options = options;
        this.arguments = arguments;
        this.console = console;
    }

    /**
     * What was read.
     *
     * @param plan what it answers
     * @param abis what it covers
     * @param evidence whether it is a recording, which knows what happened but not what to refuse how
     */
    record Input(String name, Plan plan, Set<Abi> abis, boolean evidence) {}

    Input read(String name) throws FaultException {
        if (Inputs.isRecording(name)) {
            return recording(name);
        }
        byte[] bytes = PolicyFiles.bytes(name, "policy");
        if (!PolicyReader.isProgram(bytes)) {
            return of(name, Inputs.policy(name, bytes, options, console).policy(), false);
        }
        try {
            FilterReader.Explained explained = FilterReader.explain(
                    FilterReader.program(bytes, name), name, options.host().abi());
            return new Input(
                    name, explained.plan(), EnumSet.copyOf(explained.policy().architectures()), false);
        } catch (FormatException e) {
            throw Inputs.fault("cannot read the filter '" + name + "'", e);
        }
    }

    private Input recording(String name) throws FaultException {
        GeneralizeOptions how = new GeneralizeOptions(
                arguments ? Arguments.KNOWN : Arguments.OFF, Closure.NONE, Action.errno(Errno.EPERM), false);
        Policy policy = LearnedPolicy.of(RecordingFile.read(Path.of(name)), Optional.empty(), how, List.of())
                .policy();
        return of(name, policy, true);
    }

    private static Input of(String name, Policy policy, boolean evidence) {
        return new Input(name, Plan.of(policy, Action.KILL_THREAD), EnumSet.copyOf(policy.architectures()), evidence);
    }
}
