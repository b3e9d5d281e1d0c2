package dev.acktrace.policy;

import java.util.Optional;

/**
 * What a filter answers. {@link #word()} is the kernel's {@code SECCOMP_RET_*} with its data.
 *
 * @param kind the action
 * @param data 16 bits: the errno of {@code ERRNO}, the message of {@code TRACE}, {@code si_errno} of {@code TRAP};
 *     0 for the others
 */
public record Action(Kind kind, int data) implements Comparable<Action> {
    /** Actions in the kernel's order of precedence: the first wins. */
    public enum Kind {
        KILL_PROCESS(0x80000000, false),
        KILL_THREAD(0x00000000, false),
        TRAP(0x00030000, true),
        ERRNO(0x00050000, true),
        NOTIFY(0x7fc00000, false),
        TRACE(0x7ff00000, true),
        LOG(0x7ffc0000, false),
        ALLOW(0x7fff0000, false);

        private final int base;
        private final boolean data;

        Kind(int base, boolean data) {
            this.base = base;
            this.data = data;
        }

        /** {@code SECCOMP_RET_*} without data. */
        public int base() {
            return base;
        }

        /** Whether its data mean something. */
        public boolean hasData() {
            return data;
        }

        /** {@code SCMP_ACT_*}. */
        public String ociName() {
            return "SCMP_ACT_" + name();
        }

        /** By {@code SCMP_ACT_*}; {@code SCMP_ACT_KILL} is {@code KILL_THREAD}. */
        public static Optional<Kind> ofOciName(String name) {
            if (name.equals("SCMP_ACT_KILL")) {
                return Optional.of(KILL_THREAD);
            }
            for (Kind kind : values()) {
                if (kind.ociName().equals(name)) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    public static final Action ALLOW = new Action(Kind.ALLOW, 0);
    public static final Action LOG = new Action(Kind.LOG, 0);
    public static final Action NOTIFY = new Action(Kind.NOTIFY, 0);
    public static final Action KILL_THREAD = new Action(Kind.KILL_THREAD, 0);
    public static final Action KILL_PROCESS = new Action(Kind.KILL_PROCESS, 0);

    private static final int DATA = 0xFFFF;

    public Action {
        if (data < 0 || data > DATA) {
            throw new IllegalArgumentException("action data " + data + " do not fit 16 bits");
        }
        if (!kind.hasData()) {
            data = 0;
        }
    }

    public static Action errno(int errno) {
        return new Action(Kind.ERRNO, errno);
    }

    public static Action trace(int message) {
        return new Action(Kind.TRACE, message);
    }

    public static Action trap(int data) {
        return new Action(Kind.TRAP, data);
    }

    /** The word that a filter returns. */
    public int word() {
        return kind.base() | data;
    }

    /**
     * What the kernel makes of a word: an action that it does not know is {@code KILL_PROCESS}, an errno above 4095
     * is 4095.
     */
    public static Action ofWord(int word) {
        int base = word & ~DATA;
        for (Kind kind : Kind.values()) {
            if (kind.base() == base) {
                int data = word & DATA;
                return new Action(kind, kind == Kind.ERRNO ? Math.min(data, 4095) : data);
            }
        }
        return KILL_PROCESS;
    }

    /**
     * Reads the form that {@link #toString} writes; {@code KILL} is {@code KILL_THREAD}.
     *
     * @return empty if the text is not an action
     */
    public static Optional<Action> parse(String text) {
        int open = text.indexOf('(');
        String name = open < 0 ? text : text.substring(0, open);
        if (open < 0) {
            return Kind.ofOciName("SCMP_ACT_" + name).map(kind -> new Action(kind, 0));
        }
        if (!text.endsWith(")")) {
            return Optional.empty();
        }
        String digits = text.substring(open + 1, text.length() - 1);
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        int data = Integer.parseInt(digits);
        return data > DATA
                ? Optional.empty()
                : Kind.ofOciName("SCMP_ACT_" + name).filter(Kind::hasData).map(kind -> new Action(kind, data));
    }

    /** More restrictive first, as the kernel compares: signed, by the action alone; then by the data. */
    @Override
    public int compareTo(Action other) {
        int order = Integer.compare(kind.base(), other.kind.base());
        return order != 0 ? order : Integer.compare(data, other.data);
    }

    /** {@code ALLOW}, {@code ERRNO(1)} …; a trap without data is {@code TRAP}, as no runtime can give it any. */
    @Override
    public String toString() {
        boolean shown = kind == Kind.TRAP ? data != 0 : kind.hasData();
        return shown ? kind.name() + "(" + data + ")" : kind.name();
    }
}
