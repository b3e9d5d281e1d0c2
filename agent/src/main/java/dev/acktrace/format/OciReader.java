package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonLocation;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the seccomp part of the OCI runtime specification (1.2), and what Docker (moby/profiles) and Podman
 * (containers/common) put on top of it: {@code archMap}, {@code includes}, {@code excludes}, {@code name},
 * {@code comment}, and Podman's errno by name. Conditional entries are resolved against given facts.
 *
 * <p>The architectures that are listed are those that are covered; for runc and crun the native one too, which
 * libseccomp adds, and it alone if none is listed. Comparisons are of 64 bits, unsigned; of
 * {@code SCMP_CMP_MASKED_EQ} the mask is {@code value} and what is compared with is {@code valueTwo}. If an entry
 * names an argument twice, each of its comparisons is an alternative, as in runc and crun.
 */
public final class OciReader {
    private static final Set<String> ARCHITECTURES_WITHOUT_TABLE = Set.of(
            "SCMP_ARCH_MIPS",
            "SCMP_ARCH_MIPS64N32",
            "SCMP_ARCH_MIPSEL",
            "SCMP_ARCH_MIPSEL64N32",
            "SCMP_ARCH_PPC",
            "SCMP_ARCH_S390",
            "SCMP_ARCH_SH",
            "SCMP_ARCH_SHEB",
            "SCMP_ARCH_PARISC",
            "SCMP_ARCH_PARISC64",
            "SCMP_ARCH_M68K");

    private static final List<String> MEMBERS = List.of(
            "defaultAction",
            "defaultErrnoRet",
            "architectures",
            "archMap",
            "flags",
            "listenerPath",
            "listenerMetadata",
            "syscalls");

    private final JsonCursor json;
    private final OciOptions options;
    private final OciValues values;
    private final List<Warning> warnings = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Set<Abi> architectures = EnumSet.noneOf(Abi.class);
    private @Nullable JsonLocation architecturesAt;
    private @Nullable JsonLocation archMapAt;
    private boolean mapped;
    private OciValues.@Nullable Kind defaultKind;
    private OciValues.@Nullable Errno defaultErrno;
    private @Nullable Set<FilterFlag> flags;
    private @Nullable String listenerPath;
    private @Nullable String listenerMetadata;
    private @Nullable JsonLocation metadataAt;
    private final List<OciEntry> entries = new ArrayList<>();

    private OciReader(JsonCursor json, OciOptions options) {
        this.json = json;
        this.options = options;
        this.values = new OciValues(json, options, warnings);
    }

    /**
     * Reads a policy.
     *
     * @param text the file's bytes, UTF-8
     * @param source the file's name, for messages
     * @throws FormatException if it is not a policy that can be relied on
     */
    public static Imported read(byte[] text, String source, OciOptions options) throws FormatException {
        try (JsonCursor json = new JsonCursor(text, source)) {
            return new OciReader(json, options).policy();
        }
    }

    /** As {@link #read(byte[], String, OciOptions)}. */
    public static Imported read(String text, String source, OciOptions options) throws FormatException {
        return read(text.getBytes(StandardCharsets.UTF_8), source, options);
    }

    private Imported policy() throws FormatException {
        JsonLocation start = json.place();
        json.object("the policy", this::member);
        Action defaultAction = defaultAction(start);
        json.end();
        if (architecturesAt != null && archMapAt != null && mapped) {
            throw json.failAt(
                    archMapAt,
                    "\"architectures\" and \"archMap\" are both given, and they contradict each other",
                    "Keep one of them.");
        }
        if (metadataAt != null && listenerPath == null) {
            throw json.failAt(
                    metadataAt,
                    "\"listenerMetadata\" is given without \"listenerPath\"",
                    "Give the socket of the supervisor as \"listenerPath\".");
        }
        if (architectures.isEmpty() || archMapAt != null || options.reading() != OciOptions.Reading.OCI) {
            architectures.add(options.host().abi());
        }
        Set<String> named = new TreeSet<>();
        Map<Rule, Integer> lines = new HashMap<>();
        boolean conditional = archMapAt != null;
        Map<Rule, JsonLocation> places = new LinkedHashMap<>();
        for (OciEntry entry : entries) {
            conditional |= entry.conditional();
            for (Rule rule : entry.rules(defaultAction, values, warnings)) {
                rules.add(rule);
                lines.putIfAbsent(rule, entry.line(rule.call()));
                places.putIfAbsent(rule, entry.place(rule.call()));
            }
            named.addAll(entry.named());
        }
        checkListener(defaultAction, start);
        Optional<Policy.Listener> listener = Optional.ofNullable(listenerPath)
                .map(path -> new Policy.Listener(path, listenerMetadata == null ? "" : listenerMetadata));
        Policy policy =
                new Policy(defaultAction, List.copyOf(architectures), rules, Optional.ofNullable(flags), listener);
        withoutEffect(policy, places);
        return new Imported(policy, warnings, named, new Imported.Source(Imported.Kind.OCI, conditional, lines));
    }

    /** Rules that the policy does not have any more: an unconditional one takes all, and some tests nobody passes. */
    private void withoutEffect(Policy policy, Map<Rule, JsonLocation> places) {
        Map<String, Action> winners = new HashMap<>();
        for (Rule rule : policy.rules()) {
            if (rule.condition().always()) {
                winners.put(rule.call(), rule.action());
            }
        }
        Set<Rule> kept = new HashSet<>(policy.rules());
        places.forEach((rule, place) -> {
            Action winner = winners.get(rule.call());
            if (kept.contains(rule)) {
                return;
            }
            if (winner == null) {
                warnings.add(json.warningAt(
                        place,
                        Warning.Kind.VOID,
                        "no arguments of " + rule.call() + " pass the test, so it says nothing"));
            } else {
                boolean same = winner.equals(rule.action());
                warnings.add(json.warningAt(
                        place,
                        same ? Warning.Kind.VOID : Warning.Kind.SHADOWED,
                        rule.call() + " gets " + winner + " from another entry whatever its arguments are, so "
                                + (same ? "this test changes nothing" : rule.action() + " here is never the answer")));
            }
        });
    }

    private void member(String name) throws FormatException {
        switch (name) {
            case "defaultAction" -> defaultKind = values.kind("defaultAction");
            case "defaultErrnoRet" -> defaultErrno = OciValues.prefer(defaultErrno, values.errnoNumber(name));
            case "defaultErrno" -> defaultErrno = values.errnoName(name, defaultErrno);
            case "architectures" -> architectures();
            case "archMap" -> archMap();
            case "flags" -> flags();
            case "listenerPath" -> listenerPath = json.string(name);
            case "listenerMetadata" -> {
                metadataAt = json.place();
                listenerMetadata = json.string(name);
            }
            case "syscalls" -> json.array(name, () -> entries.add(OciEntry.read(json, values)));
            default -> values.unknown("a policy", name, MEMBERS);
        }
    }

    private Action defaultAction(JsonLocation start) throws FormatException {
        if (defaultKind == null && entries.isEmpty() && values.readBy(OciOptions.Reading.RUNC)) {
            architectures.addAll(EnumSet.allOf(Abi.class));
            warnings.add(json.warningAt(
                    start, "there is neither \"defaultAction\" nor an entry, so runc installs no filter at all"));
            return Action.ALLOW;
        }
        if (defaultKind == null) {
            throw json.failAt(
                    start,
                    "\"defaultAction\" is missing; some runtimes take such a policy for none at all",
                    "Add \"defaultAction\": \"SCMP_ACT_ERRNO\".");
        }
        if (defaultKind.kind() == Action.Kind.NOTIFY && !values.readBy(OciOptions.Reading.CRUN)) {
            throw json.failAt(
                    defaultKind.at(),
                    "the default action is SCMP_ACT_NOTIFY, and so the runtime itself would wait for its supervisor",
                    "Use SCMP_ACT_ERRNO and list the calls to ask about.");
        }
        return values.action(defaultKind, defaultErrno);
    }

    private void architectures() throws FormatException {
        JsonLocation place = json.place();
        json.array("architectures", () -> {
            architecturesAt = place;
            architecture().ifPresent(architectures::add);
        });
    }

    private Optional<Abi> architecture() throws FormatException {
        String name = json.string("an architecture");
        Optional<Abi> abi = Abi.ofOciName(name);
        if (abi.isPresent()) {
            return abi;
        }
        if (ARCHITECTURES_WITHOUT_TABLE.contains(name)) {
            warnings.add(json.warning(name + " is passed over: there is no table of its calls here, so calls through it"
                    + " count as those of an architecture that is not listed"));
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        for (Abi known : Abi.values()) {
            names.add(known.ociName());
        }
        throw json.fail(
                "there is no architecture \"" + name + "\"",
                "Use a name of the OCI specification" + Suggestions.didYouMean(name, names) + ".");
    }

    private void archMap() throws FormatException {
        archMapAt = json.place();
        json.array("archMap", () -> {
            Set<Abi> row = new LinkedHashSet<>();
            boolean[] native_ = {false};
            mapped = true;
            json.object("an element of archMap", name -> {
                switch (name) {
                    case "architecture" -> {
                        Optional<Abi> abi = architecture();
                        native_[0] =
                                abi.isPresent() && abi.get() == options.host().abi();
                    }
                    case "subArchitectures" ->
                        json.array(name, () -> architecture().ifPresent(row::add));
                    default ->
                        values.unknown("an element of archMap", name, List.of("architecture", "subArchitectures"));
                }
            });
            if (native_[0]) {
                architectures.addAll(row);
            }
        });
    }

    private void flags() throws FormatException {
        Set<FilterFlag> given = EnumSet.noneOf(FilterFlag.class);
        json.array("flags", () -> {
            String name = json.string("a flag");
            given.add(FilterFlag.ofOciName(name)
                    .orElseThrow(() -> json.fail(
                            "there is no flag \"" + name + "\"",
                            "The specification knows SECCOMP_FILTER_FLAG_TSYNC, _LOG, _SPEC_ALLOW and"
                                    + " _WAIT_KILLABLE_RECV.")));
        });
        flags = given;
    }

    private void checkListener(Action defaultAction, JsonLocation start) throws FormatException {
        boolean notify = defaultAction.kind() == Action.Kind.NOTIFY;
        for (Rule rule : rules) {
            if (rule.action().kind() == Action.Kind.NOTIFY) {
                notify = true;
                if (rule.call().equals("write") && !values.readBy(OciOptions.Reading.CRUN)) {
                    throw json.failAt(
                            start,
                            "SCMP_ACT_NOTIFY is asked for write, which the runtime needs to hand over the listener",
                            "Take write out of that entry; runc refuses it too.");
                }
            }
        }
        if (notify && listenerPath == null) {
            warnings.add(new Warning(
                    "listenerPath",
                    0,
                    0,
                    "SCMP_ACT_NOTIFY is used, but nobody listens: there is no"
                            + " \"listenerPath\", and runtimes refuse to start"));
        }
    }
}
