package dev.acktrace.format;

import com.fasterxml.jackson.core.JsonLocation;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One element of {@code syscalls}. */
final class OciEntry {
    private static final List<String> MEMBERS =
            List.of("names", "action", "errnoRet", "args", "comment", "includes", "excludes");

    private final JsonCursor json;
    private final OciValues values;
    private final JsonLocation at;
    private final Map<String, JsonLocation> names = new LinkedHashMap<>();
    private final List<Comparison> comparisons = new ArrayList<>();
    private @Nullable JsonLocation nameAt;
    private @Nullable JsonLocation namesAt;
    private OciValues.@Nullable Kind kind;
    private OciValues.@Nullable Errno errno;
    private boolean dropped;
    private boolean conditional;

    private OciEntry(JsonCursor json, OciValues values) {
        this.json = json;
        this.values = values;
        this.at = json.place();
    }

    static OciEntry read(JsonCursor json, OciValues values) throws FormatException {
        OciEntry entry = new OciEntry(json, values);
        json.object("an entry of syscalls", entry::member);
        entry.check();
        return entry;
    }

    private void member(String member) throws FormatException {
        switch (member) {
            case "names" -> {
                JsonLocation place = json.place();
                json.array("names", () -> {
                    namesAt = place;
                    name();
                });
            }
            case "name" -> {
                String single = json.string("name");
                if (!single.isEmpty()) {
                    nameAt = json.place();
                    name();
                }
            }
            case "action" -> kind = values.kind("action");
            case "errnoRet" -> errno = OciValues.prefer(errno, values.errnoNumber(member));
            case "errno" -> errno = values.errnoName(member, errno);
            case "args" -> json.array("args", () -> comparisons.add(comparison()));
            case "comment" -> json.string("comment");
            case "includes" -> {
                conditional = true;
                dropped |= !new OciFilter(json, values).included();
            }
            case "excludes" -> {
                conditional = true;
                dropped |= new OciFilter(json, values).excluded();
            }
            default -> values.unknown("an entry of syscalls", member, MEMBERS);
        }
    }

    private void name() throws FormatException {
        String name = json.string("a name");
        if (name.isEmpty() && values.readBy(OciOptions.Reading.RUNC)) {
            throw json.fail("a name is empty, and runc does not start with that", "Remove it.");
        }
        names.put(name, json.place());
    }

    private void check() throws FormatException {
        if (nameAt != null && namesAt != null) {
            throw json.failAt(nameAt, "\"name\" and \"names\" are both given", "Use \"names\" alone.");
        }
        if (names.isEmpty() && !values.readBy(OciOptions.Reading.RUNC)) {
            throw json.failAt(at, "the entry names no call", "Give \"names\" with at least one name.");
        }
        if (kind == null) {
            throw json.failAt(at, "the entry has no \"action\"", "Add \"action\": \"SCMP_ACT_ALLOW\".");
        }
    }

    private Comparison comparison() throws FormatException {
        JsonLocation start = json.place();
        Argument argument = new Argument();
        json.object("an element of args", member -> {
            switch (member) {
                case "index" -> argument.index = json.bounded("index", 0, 5);
                case "value" -> {
                    argument.value = json.uint64("value");
                    argument.hasValue = true;
                }
                case "valueTwo" -> argument.valueTwo = json.uint64("valueTwo");
                case "op" -> argument.operator = values.operator();
                default -> values.unknown("an element of args", member, List.of("index", "value", "valueTwo", "op"));
            }
        });
        boolean partly = !values.readBy(OciOptions.Reading.RUNC) && (argument.index < 0 || !argument.hasValue);
        if (partly || argument.operator == null) {
            throw json.failAt(start, "an argument needs \"index\", \"value\" and \"op\"", "Add what is missing.");
        }
        int index = Math.max(argument.index, 0);
        return argument.operator == Operator.MASKED_EQ
                ? Comparison.masked(index, argument.value, argument.valueTwo)
                : Comparison.of(index, argument.operator, argument.value);
    }

    private static final class Argument {
        private int index = -1;
        private long value;
        private boolean hasValue;
        private long valueTwo;
        private @Nullable Operator operator;
    }

    /** The rules that the entry makes; none if it is excluded or says what the default says. */
    List<Rule> rules(Action defaultAction, OciValues shared, List<Warning> warnings) throws FormatException {
        if (kind == null || dropped) {
            return List.of();
        }
        Action action = shared.action(kind, errno);
        List<String> known = known(shared, warnings);
        if (action.equals(defaultAction)) {
            warnings.add(json.warningAt(
                    at,
                    Warning.Kind.SAYS_DEFAULT,
                    "the entry says what the default says, " + action + "; runtimes pass it over"));
            return List.of();
        }
        List<Condition> conditions = conditions(warnings);
        List<Rule> rules = new ArrayList<>(known.size() * conditions.size());
        for (String name : known) {
            for (Condition condition : conditions) {
                rules.add(Rule.of(name, condition, action));
            }
        }
        return rules;
    }

    /** Whether it counts only on some machines. */
    boolean conditional() {
        return conditional;
    }

    /** The place of a name, or of the entry. */
    JsonLocation place(String name) {
        return names.getOrDefault(name, at);
    }

    /** The line of a name; 0 if the entry does not name it. */
    int line(String name) {
        JsonLocation place = names.get(name);
        return place == null ? 0 : place.getLineNr();
    }

    /** The calls that it names and that there are; none if it is excluded. */
    List<String> named() {
        return dropped
                ? List.of()
                : names.keySet().stream().filter(SyscallTable::known).toList();
    }

    private List<String> known(OciValues shared, List<Warning> warnings) throws FormatException {
        List<String> known = new ArrayList<>(names.size());
        for (Map.Entry<String, JsonLocation> name : names.entrySet()) {
            if (SyscallTable.known(name.getKey())) {
                known.add(name.getKey());
            } else if (shared.options().lenient()) {
                warnings.add(json.warningAt(
                        name.getValue(),
                        Warning.Kind.UNKNOWN_NAME,
                        "no architecture has a call \"" + name.getKey() + "\"; it is ignored"));
            } else {
                throw json.failAt(
                        name.getValue(),
                        "no architecture has a call \"" + name.getKey() + "\"",
                        "Correct the name"
                                + Suggestions.didYouMean(name.getKey(), SyscallTable.everyName())
                                + ", or pass --lenient to ignore unknown names, as runc does.");
            }
        }
        return known;
    }

    private List<Condition> conditions(List<Warning> warnings) {
        BitSet seen = new BitSet();
        boolean repeated = false;
        for (Comparison comparison : comparisons) {
            repeated |= seen.get(comparison.index());
            seen.set(comparison.index());
        }
        if (!repeated) {
            return List.of(new Condition(comparisons));
        }
        warnings.add(json.warningAt(
                at,
                Warning.Kind.REPEATED_INDEX,
                "an argument is compared twice in one entry, so each comparison is an alternative of its own, as in"
                        + " runc and crun; they do not have to hold together"));
        return comparisons.stream().map(Condition::of).toList();
    }
}
