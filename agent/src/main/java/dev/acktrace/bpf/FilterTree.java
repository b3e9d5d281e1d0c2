package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Filters and threads of one process, as {@code kernel/seccomp.c} keeps them: a filter has a parent, the one that its
 * thread had before, and filters that were attached by separate calls are never the same, whatever is in them.
 */
public final class FilterTree {
    /** A filter in the tree. */
    public static final class Filter {
        private final Program program;
        private final @Nullable Filter parent;

        private Filter(Program program, @Nullable Filter parent) {
            this.program = program;
            this.parent = parent;
        }

        /** Whether it is this filter or stands behind it. */
        private boolean within(Filter descendant) {
            for (Filter filter = descendant; filter != null; filter = filter.parent) {
                if (filter == this) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Modes of a thread: {@code Seccomp:} in {@code /proc/PID/status}. */
    public enum Mode {
        DISABLED,
        STRICT,
        FILTER
    }

    /** A thread. */
    public static final class Task {
        private final int tid;
        private Mode mode = Mode.DISABLED;
        private @Nullable Filter filter;
        private boolean noNewPrivs;
        private boolean exiting;

        private Task(int tid) {
            this.tid = tid;
        }

        public int tid() {
            return tid;
        }

        public Mode mode() {
            return mode;
        }

        public boolean noNewPrivs() {
            return noNewPrivs;
        }

        /** Its filters, the oldest first. */
        public List<Program> filters() {
            List<Program> programs = new ArrayList<>();
            for (Filter now = filter; now != null; now = now.parent) {
                programs.add(0, now.program);
            }
            return programs;
        }
    }

    /**
     * Why a thread cannot follow.
     *
     * @param tid the thread
     * @param reason in words
     */
    public record Obstacle(int tid, String reason) {}

    private final List<Task> tasks = new ArrayList<>();

    /** A first thread without filters. */
    public Task start(int tid) {
        Task task = new Task(tid);
        tasks.add(task);
        return task;
    }

    /** A new thread: it has what its creator has. */
    public Task create(Task creator, int tid) {
        Task task = start(tid);
        task.mode = creator.mode;
        task.filter = creator.filter;
        task.noNewPrivs = creator.noNewPrivs;
        return task;
    }

    /** {@code prctl(PR_SET_NO_NEW_PRIVS, 1)}. */
    public void noNewPrivs(Task task) {
        task.noNewPrivs = true;
    }

    /** {@code SECCOMP_SET_MODE_STRICT}; only a thread without filters can. */
    public void strict(Task task) {
        if (task.mode != Mode.DISABLED) {
            throw new IllegalStateException("EINVAL: thread " + task.tid + " has a mode already");
        }
        task.mode = Mode.STRICT;
    }

    /** A thread that is about to end: it is passed over. */
    public void exit(Task task) {
        task.exiting = true;
    }

    /** {@code SECCOMP_SET_MODE_FILTER} for one thread. */
    public Filter attach(Task task, Program program) {
        if (task.mode == Mode.STRICT) {
            throw new IllegalStateException("EINVAL: thread " + task.tid + " is in strict mode");
        }
        Filter filter = new Filter(program, task.filter);
        task.filter = filter;
        task.mode = Mode.FILTER;
        return filter;
    }

    /**
     * {@code SECCOMP_SET_MODE_FILTER} with {@code SECCOMP_FILTER_FLAG_TSYNC}: all threads get the caller's filters and
     * the new one, or none does.
     *
     * @return the first thread that cannot follow; empty if all did
     */
    public Optional<Obstacle> synchronize(Task caller, Program program) {
        Optional<Obstacle> obstacle = obstacle(caller);
        if (obstacle.isPresent()) {
            return obstacle;
        }
        Filter filter = attach(caller, program);
        for (Task task : tasks) {
            if (!task.exiting) {
                task.filter = filter;
                task.mode = Mode.FILTER;
                task.noNewPrivs |= caller.noNewPrivs;
            }
        }
        return Optional.empty();
    }

    /** The first thread that could not follow a caller. */
    public Optional<Obstacle> obstacle(Task caller) {
        for (Task task : tasks) {
            if (task == caller || task.exiting || task.mode == Mode.DISABLED) {
                continue;
            }
            if (task.mode == Mode.STRICT) {
                return Optional.of(new Obstacle(task.tid, "it is in strict mode"));
            }
            Filter filter = task.filter;
            if (filter != null && (caller.filter == null || !filter.within(caller.filter))) {
                return Optional.of(new Obstacle(task.tid, "it has a filter that the caller does not have"));
            }
        }
        return Optional.empty();
    }
}
