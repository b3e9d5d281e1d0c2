package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonLocation;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Values that stand in several places of an OCI policy. */
final class OciValues {
    /** An action's name and its place. */
    record Kind(Action.Kind kind, JsonLocation at) {}

    /** An errno, its place, and whether it was given by name. */
    record Errno(int number, boolean byName, JsonLocation at) {}

    private static final int DATA_MAX = 0xFFFF;

    private final JsonCursor json;
    private final OciOptions options;
    private final List<Warning> warnings;

    OciValues(JsonCursor json, OciOptions options, List<Warning> warnings) {
        this.json = json;
        this.options = options;
        this.warnings = warnings;
    }

    OciOptions options() {
        return options;
    }

    /**
     * A member that no reader knows. The specification wants it ignored; who reads strictly is told of it as an error,
     * because it may be a name that was meant to be another.
     */
    void unknown(String where, String member, List<String> members) throws FormatException {
        String problem = where + " has no member \"" + member + "\"";
        String meant = Suggestions.didYouMean(member, members);
        if (!options.lenient()) {
            throw json.fail(problem, "Remove it" + meant + ", or pass --lenient to ignore it, as runtimes do.");
        }
        warnings.add(json.warning(problem + "; it is ignored" + meant));
        json.skip();
    }

    /** Whether the container runtime reads it itself, instead of the specification's text. */
    boolean readBy(OciOptions.Reading reading) {
        return options.reading() == reading;
    }

    Kind kind(String what) throws FormatException {
        JsonLocation at = json.place();
        String name = json.string(what);
        List<String> known = new ArrayList<>();
        for (Action.Kind kind : Action.Kind.values()) {
            known.add(kind.ociName());
        }
        Action.Kind kind = Action.Kind.ofOciName(name)
                .orElseThrow(() -> json.fail(
                        "there is no action \"" + name + "\"", "Use one of " + String.join(", ", known) + "."));
        return new Kind(kind, at);
    }

    Errno errnoNumber(String what) throws FormatException {
        JsonLocation at = json.place();
        return new Errno(json.bounded(what, 0, DATA_MAX), false, at);
    }

    /** Podman's errno by name, which wins over a number; an empty one counts as absent. */
    @Nullable
    Errno errnoName(String what, @Nullable Errno otherwise) throws FormatException {
        JsonLocation at = json.place();
        String name = json.string(what);
        if (name.isEmpty()) {
            return otherwise;
        }
        OptionalInt number = dev.acktrace.syscall.Errno.parse(name);
        if (number.isEmpty()) {
            throw json.fail(
                    "there is no error \"" + name + "\"", "Write a name such as ENOSYS, or a number up to 4095.");
        }
        return new Errno(number.getAsInt(), true, at);
    }

    /** Of two errnos the one that counts: a name wins over a number, whichever stands first. */
    static Errno prefer(@Nullable Errno earlier, Errno later) {
        return earlier != null && earlier.byName() && !later.byName() ? earlier : later;
    }

    /** The action that a name and an errno make. An errno has 12 bits, the message of a tracer 16. */
    Action action(Kind kind, @Nullable Errno errno) throws FormatException {
        boolean takes = kind.kind() == Action.Kind.ERRNO || kind.kind() == Action.Kind.TRACE;
        if (errno == null) {
            return new Action(kind.kind(), takes ? dev.acktrace.syscall.Errno.EPERM : 0);
        }
        if (kind.kind() == Action.Kind.ERRNO && errno.number() > dev.acktrace.syscall.Errno.MAX) {
            throw json.failAt(
                    errno.at(),
                    "the errno is " + errno.number() + ", outside 0 to " + dev.acktrace.syscall.Errno.MAX,
                    "Give a number from 0 to " + dev.acktrace.syscall.Errno.MAX + ".");
        }
        if (takes) {
            return new Action(kind.kind(), errno.number());
        }
        if (options.reading() == OciOptions.Reading.RUNC) {
            warnings.add(json.warningAt(
                    errno.at(), "an errno is given for " + kind.kind().ociName() + "; runc ignores it, crun refuses"));
            return new Action(kind.kind(), 0);
        }
        throw json.failAt(
                errno.at(),
                "an errno is given for " + kind.kind().ociName() + ", which takes none",
                "Remove the errno, or use SCMP_ACT_ERRNO.");
    }

    Operator operator() throws FormatException {
        String name = json.string("op");
        List<String> known = new ArrayList<>();
        for (Operator operator : Operator.values()) {
            known.add(operator.ociName());
        }
        return Operator.ofOciName(name)
                .orElseThrow(() -> json.fail(
                        "there is no operator \"" + name + "\"", "Use one of " + String.join(", ", known) + "."));
    }
}
