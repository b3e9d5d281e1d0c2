/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tighten.c - one more filter for a target that runs.
 *
 * The kernel takes a filter only from the thread that it is for, or from a sibling
 * (SECCOMP_FILTER_FLAG_TSYNC) whose own filters are the same or more. So all tasks are asked to
 * stop; the first of each process that does installs it for all, and if the kernel names a thread
 * that cannot follow, each installs it for itself. Stacked filters only tighten, they live as long
 * as the task, and children inherit them: a task whose parent had not got it yet gets it at its
 * birth.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "event.h"
#include "inject.h"
#include "memory.h"
#include "supervisor.h"

#define PATIENCE_NS 2000000000ULL
#define TICK_US	    50000
#define LARGEST	    (-4095L) /* MAX_ERRNO, linux/err.h: results from here to -1 are errors */

/* Room in the target: what seccomp(2) reads. */
struct room {
	uint16_t count;
	uint8_t padding[6];
	uint64_t filter; /* address of what follows */
	struct sock_filter program[4096];
};

static struct room room; /* the supervisor has one thread, and one filter at a time */

/* ---- telling ------------------------------------------------------------ */

static void tell(struct supervisor *s, const struct task *task, enum wire_tightened what,
		 long result)
{
	char comm[64];
	size_t n = proc_read(task->tid, "comm", comm, sizeof(comm));
	struct text text = {WIRE_TEXT_COMMAND, 255, false, n ? (uint32_t)n - 1 : 0, comm};
	struct wire_record record = {
		.kind = WIRE_KIND_TIGHTENED,
		.flags = WIRE_FLAG_RESULT,
		.pid = task->tgid,
		.tid = task->tid,
		.number = what,
		.result = result,
		.image = task->image,
		.arguments = {s->tighten.serial},
	};

	supervisor_publish(s, &record, &text, 1);
}

static void cannot(struct supervisor *s, struct task *task, enum wire_tightened why, long result)
{
	task->filter.wanted = false;
	tell(s, task, why, result);
}

struct census {
	struct supervisor *s;
	unsigned have, have_not, wanted;
};

static void take_census(struct task *task, void *context)
{
	struct census *census = context;

	if (task->filter.has == census->s->tighten.generation)
		census->have++;
	else
		census->have_not++;
	census->wanted += task->filter.wanted;
}

static void tell_stuck(struct task *task, void *context)
{
	if (!task->filter.wanted)
		return;
	task->filter.told = true;
	tell(context, task, WIRE_TIGHTENED_STUCK, 0);
}

/* The attached have a timer of their own. */
static void tick(struct supervisor *s, bool on)
{
	struct itimerval timer = {{0, on ? TICK_US : 0}, {0, on ? TICK_US : 0}};
	sigset_t alarm;

	if (s->attach)
		return;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	setitimer(ITIMER_REAL, &timer, NULL);
	sigprocmask(on ? SIG_UNBLOCK : SIG_BLOCK, &alarm, NULL);
}

void tighten_check(struct supervisor *s)
{
	struct census census = {.s = s};
	struct wire_record record = {
		.kind = WIRE_KIND_TIGHTENED,
		.number = WIRE_TIGHTENED_TOTAL,
	};

	if (!s->tighten.open)
		return;
	task_each(&s->tasks, take_census, &census);
	if (census.wanted && segment_now(s->segment) < s->tighten.until)
		return;
	task_each(&s->tasks, tell_stuck, s);
	s->tighten.open = false;
	tick(s, false);
	record.pid = s->root;
	record.arguments[0] = s->tighten.serial;
	record.arguments[1] = census.have;
	record.arguments[2] = census.have_not;
	record.arguments[3] = s->tighten.processes;
	supervisor_publish(s, &record, NULL, 0);
}

/* ---- who is to get it ------------------------------------------------------ */

static void want(struct task *task, void *context)
{
	(void)context;
	task->filter.wanted = true;
	task->filter.apart = false;
	task->filter.told = false;
	task->nudged = true;
	ptrace(PTRACE_INTERRUPT, task->tid, NULL,
	       NULL); /* one that is held stops when it goes on */
}

void tighten_begin(struct supervisor *s)
{
	struct control *control = s->control;

	if (!__atomic_load_n(&control->filter_waits, __ATOMIC_ACQUIRE) || s->tighten.open)
		return;
	memset(&room, 0, sizeof(room));
	room.count = (uint16_t)control->tighten.filter_count;
	memcpy(room.program, control->filter, room.count * sizeof(*room.program));
	s->tighten.serial = control->tighten.serial;
	s->tighten.flags = control->tighten.flags;
	__atomic_store_n(&control->filter_waits, 0, __ATOMIC_RELEASE);
	s->tighten.generation++;
	s->tighten.processes = 0;
	s->tighten.open = true;
	s->tighten.until = segment_now(s->segment) + PATIENCE_NS;
	tick(s, true);
	task_each(&s->tasks, want, NULL);
	tighten_check(s); /* nobody is left */
}

/* How many filters a task has; -1: the kernel does not say (before Linux 5.9). */
static long filters_of(pid_t tid)
{
	char status[4096];

	return proc_read(tid, "status", status, sizeof(status))
		       ? status_field(status, "Seccomp_filters:")
		       : -1;
}

void tighten_inherit(struct supervisor *s, const struct task *parent, struct task *child)
{
	if (!s->tighten.generation)
		return;
	child->filter = parent->filter;
	child->filter.told = false;
	/* A sibling may have given it to the parent after the child was made, and before we heard
	 * of it. */
	if (child->tgid != parent->tgid && filters_of(child->tid) < filters_of(parent->tid)) {
		child->filter.has = s->tighten.generation - 1;
		child->filter.wanted = true;
	}
}

/* ---- giving it ---------------------------------------------------------------- */

static bool failed(long result)
{
	return result < 0 && result >= LARGEST;
}

struct group {
	struct supervisor *s;
	pid_t tgid;
	pid_t named; /* by its id in its own namespace */
	struct task *found;
};

static void has_it(struct task *task, void *context)
{
	struct group *group = context;

	if (task->tgid != group->tgid)
		return;
	if (task->filter.told)
		tell(group->s, task, WIRE_TIGHTENED_LATE, 0);
	task->filter.has = group->s->tighten.generation;
	task->filter.wanted = false;
	task->filter.told = false;
}

static void goes_apart(struct task *task, void *context)
{
	struct group *group = context;
	char status[4096];
	const char *ids, *last;

	if (task->tgid != group->tgid)
		return;
	task->filter.apart = true;
	if (!proc_read(task->tid, "status", status, sizeof(status)))
		return;
	ids = strstr(status, "\nNSpid:");
	if (!ids)
		return;
	last = memrchr(ids, '\t', strcspn(ids + 1, "\n") + 1);
	if (last && atoi(last) == group->named)
		group->found = task;
}

/* no_new_privs, room, filter. Returns what seccomp(2) or what failed before it returned. */
static long install(struct supervisor *s, struct task *task, struct injection *in,
		    bool no_new_privs)
{
	const size_t size = offsetof(struct room, program) + room.count * sizeof(*room.program);
	const uint64_t privileges[6] = {PR_SET_NO_NEW_PRIVS, 1};
	const uint64_t map[6] = {0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 ~0ULL};
	struct group group = {.s = s, .tgid = task->tgid};
	struct iovec local = {&room, size}, remote;
	long at, result;

	result = no_new_privs ? 0 : inject_call(in, SYS_prctl, privileges);
	if (failed(result))
		return result;
	at = inject_call(in, SYS_mmap, map);
	if (failed(at))
		return at;
	room.filter = (uint64_t)at + offsetof(struct room, program);
	remote = (struct iovec){(void *)at, size};
	if (process_vm_writev(task->tid, &local, 1, &remote, 1, 0) != (ssize_t)size) {
		result = -EFAULT;
	} else {
		const uint64_t together[6] = {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
					      (uint64_t)at};
		const uint64_t alone[6] = {SECCOMP_SET_MODE_FILTER, 0, (uint64_t)at};

		result = task->filter.apart ? -EBUSY : inject_call(in, SYS_seccomp, together);
		if (result > 0) {
			group.named = (pid_t)result;
			task_each(&s->tasks, goes_apart, &group);
			tell(s, group.found ? group.found : task, WIRE_TIGHTENED_APART, 0);
		}
		if (result == 0)
			task_each(&s->tasks, has_it, &group);
		else if (!in->lost && !in->trapped)
			result = inject_call(in, SYS_seccomp, alone);
	}
	if (!in->lost) {
		const uint64_t unmap[6] = {(uint64_t)at, size};

		inject_call(in, SYS_munmap, unmap);
	}
	return result;
}

/* Is it one that must not be tried? */
static bool is_out_of_reach(struct supervisor *s, struct task *task, const char *status)
{
	static long inherited = -2; /* what this process has itself, the target has too */
	long filters = status_field(status, "Seccomp_filters:");
	long ours = (s->attach ? 0 : 1) + (long)task->filter.has;

	if (inherited == -2)
		inherited = filters_of(getpid());
	if (status_field(status, "Seccomp:") == SECCOMP_MODE_STRICT) {
		cannot(s, task, WIRE_TIGHTENED_STRICT, 0);
		return true;
	}
	if (task->filter.uncertain && filters - inherited == ours + 1) {
		task->filter.has = s->tighten.generation;
		task->filter.wanted = false;
		return true;
	}
	if (filters >= 0 && filters - inherited > ours &&
	    !(s->tighten.flags & WIRE_TIGHTEN_FORCE)) {
		cannot(s, task, WIRE_TIGHTENED_OWN_FILTER, 0);
		return true;
	}
	return false;
}

static void settle(struct supervisor *s, struct task *task, long result)
{
	if (!task->filter.wanted)
		return; /* with all its siblings */
	if (failed(result)) {
		cannot(s, task, WIRE_TIGHTENED_REFUSED, result);
		return;
	}
	if (task->filter.told)
		tell(s, task, WIRE_TIGHTENED_LATE, 0);
	task->filter.has = s->tighten.generation;
	task->filter.wanted = false;
	task->filter.told = false;
}

int tighten_task(struct supervisor *s, struct task *task, int status)
{
	struct injection in;
	pid_t tid = task->tid;
	char text[4096];
	bool together;
	long result;

	if (!task->filter.wanted || s->detaching || s->ending ||
	    !proc_read(tid, "status", text, sizeof(text)) || is_out_of_reach(s, task, text))
		return status;
	switch (inject_begin(&in, tid, status)) {
	case INJECT_NARROW:
		cannot(s, task, WIRE_TIGHTENED_NARROW, 0);
		return status;
	case INJECT_NO_PLACE:
		cannot(s, task, WIRE_TIGHTENED_NO_PLACE, 0);
		return status;
	case INJECT_GONE:
		return status;
	case INJECT_READY:
		break;
	}
	together = !task->filter.apart;
	result = install(s, task, &in, status_field(text, "NoNewPrivs:") == 1);
	if (in.lost || !inject_end(&in)) {
		task->filter.wanted = false;
		supervisor_dispatch(s, tid, in.status);
		return 0;
	}
	s->tighten.processes += together && !task->filter.apart && result == 0;
	settle(s, task, result);
	return in.status;
}
