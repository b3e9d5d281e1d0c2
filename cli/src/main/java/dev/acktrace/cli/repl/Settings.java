package dev.acktrace.cli.repl;

import dev.acktrace.syscall.Errno;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What {@code set} sets. */
final class Settings {
    /** Where a target's input and output are. */
    static final String TTY = "tty";
    /** The errno that {@code deny} gives if none is named. */
    static final String ERRNO = "errno";
    /** Whether new calls are told of as they come. */
    static final String NOTICES = "notices";
    /** Seconds after which a question counts as denied once; 0: never. */
    static final String ASK_TIMEOUT = "ask-timeout";

    private final Map<String, String> values = new LinkedHashMap<>();

    /** The usual settings. */
    Settings(String tty) {
        values.put(TTY, tty);
        values.put(ERRNO, "EPERM");
        values.put(NOTICES, "on");
        values.put(ASK_TIMEOUT, "0");
    }

    /** All names with their values. */
    Map<String, String> all() {
        return Map.copyOf(values);
    }

    String get(String name) {
        return Optional.ofNullable(values.get(name)).orElse("");
    }

    /** Sets a value; returns what is wrong with it, empty if nothing. */
    String set(String name, String value) {
        if (!values.containsKey(name)) {
            return "no setting '" + name + "'; there are " + String.join(", ", values.keySet());
        }
        boolean good = switch (name) {
            case TTY -> value.matches("share|pty|none|log:.+");
            case ERRNO -> Errno.parse(value).isPresent();
            case NOTICES -> value.matches("on|off");
            default -> value.matches("[0-9]{1,6}");
        };
        if (!good) {
            return "'" + value + "' is no value of " + name + ": "
                    + switch (name) {
                        case TTY -> "share, pty, none or log:FILE";
                        case ERRNO -> "the name or number of an errno";
                        case NOTICES -> "on or off";
                        default -> "seconds, 0 for no limit";
                    };
        }
        values.put(name, value);
        return "";
    }
}
