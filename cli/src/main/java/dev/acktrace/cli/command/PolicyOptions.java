package dev.acktrace.cli.command;

import dev.acktrace.cli.output.Console;
import dev.acktrace.fault.FaultException;
import dev.acktrace.format.FormatException;
import dev.acktrace.format.OciOptions;
import dev.acktrace.format.OciReader;
import dev.acktrace.generalize.GeneralizeOptions;
import dev.acktrace.generalize.GeneralizeOptions.Arguments;
import dev.acktrace.generalize.GeneralizeOptions.Closure;
import dev.acktrace.generalize.Generalized;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.Run;
import dev.acktrace.session.LearnedPolicy;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.Facts;
import dev.acktrace.syscall.Syscall;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a policy is made of evidence and in which format it is written. */
final class PolicyOptions {
    private static final List<String> OVERLAYS = List.of("runc", "crun", "bubblewrap");

    @Mixin
    private FormatOptions written = new FormatOptions();

    @Option(
            names = "--rules",
            paramLabel = "HOW",
            description = "names: calls whatever their arguments; args: known arguments held to what was seen.")
    private String rules = "names";

    @Option(
            names = "--closure",
            paramLabel = "WIDTH",
            description = "What is added unseen: none, always (what every program needs sooner or later: exit,"
                    + " exit_group, rt_sigreturn, restart_syscall), libc (also what another libc would call) or"
                    + " portable (also what another kernel would).")
    private String closure = "always";

    @Option(
            names = "--overlay",
            paramLabel = "NAME",
            description = "Add what a consumer of the policy needs: runc, crun or bubblewrap.")
    private List<String> overlays = new ArrayList<>();

    @Option(
            names = "--deny-errno",
            paramLabel = "ERRNO",
            description = "Errno of calls that were not seen; auto: ENOSYS for calls newer than this version, EPERM for"
                    + " the rest.")
    private String denyErrno = "EPERM";

    /** Checks the values. A wrong one is wrong usage. */
    void check(boolean base) {
        written.format();
        options();
        overlays.forEach(name -> word("--overlay", name, OVERLAYS));
        if (base && !denyErrno.equals("EPERM")) {
            throw new TypeConversionException("--deny-errno does not go with --base, whose default action is kept");
        }
    }

    private static void word(String option, String value, List<String> words) {
        if (!words.contains(value)) {
            throw new TypeConversionException(option + " takes " + String.join(", ", words) + "; not '" + value + "'");
        }
    }

    private GeneralizeOptions options() {
        word("--rules", rules, List.of("names", "args"));
        word("--closure", closure, List.of("none", "always", "libc", "portable"));
        boolean auto = denyErrno.equals("auto");
        OptionalInt errno = auto ? OptionalInt.of(Errno.EPERM) : Errno.parse(denyErrno);
        if (errno.isEmpty() || errno.getAsInt() == 0) {
            throw new TypeConversionException(
                    "--deny-errno takes auto, a name such as ENOSYS or a number; not '" + denyErrno + "'");
        }
        return new GeneralizeOptions(
                rules.equals("args") ? Arguments.KNOWN : Arguments.OFF,
                switch (closure) {
                    case "libc" -> Closure.LIBC;
                    case "portable" -> Closure.PORTABLE;
                    case "none" -> Closure.NONE;
                    default -> Closure.ALWAYS;
                },
                Action.errno(errno.getAsInt()),
                auto);
    }

    /** Makes the policy of a recording and writes it; notes, unless they are not wanted, and losses are told. */
    void write(Recording recording, Optional<Policy> base, String file, boolean quiet, Console console)
            throws FaultException {
        List<Policy> over = new ArrayList<>();
        for (String name : overlays) {
            over.add(overlay(name));
        }
        Generalized learned = LearnedPolicy.of(recording, base, options(), over);
        for (String note : quiet ? List.<String>of() : learned.notes()) {
            console.note("note: " + note);
        }
        Map<String, Long> counts = new TreeMap<>();
        for (Run run : recording.runs().values()) {
            for (Syscall call : run.calls()) {
                counts.merge(call.name(), run.count(call), Long::sum);
            }
        }
        written.write(learned.policy(), file, counts, console);
    }

    private static Policy overlay(String name) throws FaultException {
        String file = "overlays/" + name + ".json";
        try {
            return OciReader.read(Facts.text(file).getBytes(StandardCharsets.UTF_8), file, OciOptions.strict())
                    .policy();
        } catch (FormatException e) {
            throw Inputs.fault("cannot read the overlay '" + name + "'", e);
        }
    }
}
