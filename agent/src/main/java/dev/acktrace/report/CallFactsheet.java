package dev.acktrace.report;

import dev.acktrace.syscall.Facts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What is known of a call beyond its number: category, risk, and whether Docker's default profile allows it. */
public final class CallFactsheet {
    private static final String UNKNOWN = "unknown";

    private CallFactsheet() {}

    /**
     * Why a call deserves a look.
     *
     * @param severity 1 to 9
     * @param reason one line
     */
    public record Risk(int severity, String reason) {}

    /** The category of a call; {@code unknown} for a name that no table has. */
    public static String category(String name) {
        return Categories.BY_NAME.getOrDefault(name, UNKNOWN);
    }

    /** The risk of a call; empty if nothing special is known of it. */
    public static Optional<Risk> risk(String name) {
        return Optional.ofNullable(Risks.BY_NAME.get(name));
    }

    /** The names that Docker's default profile allows, for x86-64 with i386 and x32. */
    public static Set<String> dockerDefault() {
        return DockerDefault.NAMES;
    }

    private static final class Categories {
        static final Map<String, String> BY_NAME = new HashMap<>(1024);

        static {
            for (String row : Facts.rows("syscalls/categories.csv")) {
                int comma = row.indexOf(',');
                BY_NAME.put(row.substring(0, comma), row.substring(comma + 1));
            }
        }
    }

    private static final class Risks {
        static final Map<String, Risk> BY_NAME = new HashMap<>(256);

        static {
            for (String row : Facts.rows("syscalls/risks.csv")) {
                List<String> fields = Facts.csv(row);
                BY_NAME.put(fields.get(0), new Risk(Integer.parseInt(fields.get(1)), fields.get(2)));
            }
        }
    }

    private static final class DockerDefault {
        static final Set<String> NAMES = new TreeSet<>();

        static {
            for (String row : Facts.rows("syscalls/docker-default.csv")) {
                NAMES.add(row.substring(0, row.indexOf(',')));
            }
        }
    }
}
