/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover.c - the supervisor beside stubs. A thread that executes an image
 * which the stub cannot load is seized before, and is an ordinary tracee from
 * then on. When such a task executes a 64-bit image, the stub gets it back.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "memory.h"
#include "supervisor.h"

#include "../stub/masks.h"

#define CODE_32 0x23 /* code segment of 32-bit programs on x86-64 Linux */

/* i386 numbers, arch/x86/entry/syscalls/syscall_32.tbl */
#define I386_CLOSE	 6
#define I386_DUP2	 63
#define I386_DUP3	 330
#define I386_CLOSE_RANGE 436

/* The area can be written by the target: whoever is named there must be of it. */
static bool is_of_target(const struct supervisor *s, pid_t tid)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", (int)tid);
	return tid > 1 && ack_session_holds(s->ack, name);
}

static void say(struct ack_exec *exec, enum ack_handover state)
{
	__atomic_store_n(&exec->handover, state, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &exec->handover, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Returns 0, or the errno of what failed. */
static int seize(struct supervisor *s, struct ack_exec *exec, pid_t tid)
{
	char status[4096];
	struct task *task;
	long tgid;
	int error;

	if (s->ending || !is_of_target(s, tid))
		return ESRCH;
	if (task_find(&s->tasks, tid))
		return EBUSY;
	tgid = proc_read(tid, "status", status, sizeof(status)) ? status_field(status, "Tgid:")
								: -1;
	if (tgid <= 0)
		return ESRCH;
	task = task_add(&s->tasks, tid, (pid_t)tgid);
	if (!task)
		return ENOMEM;
	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(long)OPTIONS_LAUNCH) < 0) {
		error = errno;
		task_remove(&s->tasks, task);
		return error;
	}
	if (!s->filters)
		s->filters = (int)status_field(status, "Seccomp_filters:");
	task->exec = exec;
	task->image = exec->previous_image;
	task->launching = exec->flags & ACK_EXEC_LAUNCH;
	return 0;
}

static void on_wanted(struct supervisor *s, struct ack_exec *exec)
{
	int error = seize(s, exec, (pid_t)__atomic_load_n(&exec->owner, __ATOMIC_RELAXED));

	exec->handover_error = error;
	say(exec, error ? ACK_HANDOVER_REFUSED : ACK_HANDOVER_SEIZED);
}

/* The execution has failed. The task stops, and is let go at its stop. */
static void on_release(struct supervisor *s, struct ack_exec *exec)
{
	struct task *task =
		task_find(&s->tasks, (pid_t)__atomic_load_n(&exec->owner, __ATOMIC_RELAXED));

	if (!task || task->exec != exec) {
		say(exec, ACK_HANDOVER_RELEASED);
		return;
	}
	if (!task->releasing)
		ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
	task->releasing = true;
}

void handover_look(struct supervisor *s)
{
	for (int i = 0; i < ACK_EXECS; i++) {
		struct ack_exec *exec = &s->ack->area->execs[i];
		uint32_t state = __atomic_load_n(&exec->handover, __ATOMIC_ACQUIRE);

		if (state == ACK_HANDOVER_WANTED)
			on_wanted(s, exec);
		else if (state == ACK_HANDOVER_RELEASE)
			on_release(s, exec);
	}
}

bool handover_idle(struct supervisor *s)
{
	struct pollfd wait = {.fd = s->orders_fd, .events = POLLIN};

	if (s->silent) /* nobody can ask any more */
		return false;
	if (__atomic_load_n(s->attention, __ATOMIC_ACQUIRE))
		return true;
	poll(&wait, 1, -1);
	if (wait.revents & POLLIN)
		__atomic_store_n(s->attention, 1, __ATOMIC_SEQ_CST);
	return !(wait.revents & POLLHUP) || (wait.revents & POLLIN);
}

void handover_release(struct supervisor *s, struct task *task, int status)
{
	struct ack_exec *exec = task->exec;
	int signal = event_of_status(status) == EVENT_SIGNAL ? WSTOPSIG(status) : 0;

	ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(long)signal);
	task->exec = NULL;
	task_remove(&s->tasks, task);
	say(exec, ACK_HANDOVER_RELEASED);
}

/* The slot of an execution that is over. */
static void give_back(struct task *task)
{
	struct ack_exec *exec = task->exec;
	uint32_t owner = (uint32_t)task->tid;

	task->exec = NULL;
	exec->handover = ACK_HANDOVER_NONE;
	exec->pid = 0;
	__atomic_compare_exchange_n(&exec->owner, &owner, 0, false, __ATOMIC_RELEASE,
				    __ATOMIC_RELAXED);
}

void handover_gone(struct supervisor *s, struct task *task)
{
	(void)s;
	give_back(task);
}

struct task *handover_renamed(struct supervisor *s, pid_t tid)
{
	unsigned long former;
	struct task *old, *task;

	if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &former) < 0)
		return NULL;
	old = task_find(&s->tasks, (pid_t)former);
	if (!old)
		return NULL;
	if (old->exec)
		old->exec->owner = (uint32_t)tid;
	task = task_add(&s->tasks, tid, tid);
	if (!task)
		return NULL;
	task->image = old->image;
	task->image_hash = old->image_hash;
	task->launching = old->launching;
	task->exec = old->exec;
	old->exec = NULL;
	task_remove(&s->tasks, old);
	return task;
}

/* The handler of the stub ran with all signals blocked. */
static void put_mask_back(const struct task *task)
{
	uint64_t mask = task->exec->mask;

	if (task->exec->flags & ACK_EXEC_SIGSYS_BLOCKED)
		mask |= ACK_SIGSYS_BIT;
	ptrace(PTRACE_SETSIGMASK, task->tid, sizeof(mask), &mask);
}

bool handover_executed(struct supervisor *s, struct task *task)
{
	struct user_regs_struct registers;

	if (task->exec) {
		put_mask_back(task);
		give_back(task);
	}
	if (ptrace(PTRACE_GETREGS, task->tid, NULL, &registers) < 0)
		return true; /* killed */
	if (registers.cs != CODE_32) {
		adopt_image(s, task);
		return false;
	}
	if (task->launching)
		__atomic_store_n(&s->segment->header.state, WIRE_STATE_RUNNING, __ATOMIC_RELEASE);
	return true;
}

bool handover_guards(struct supervisor *s, struct task *task, const struct call *call, long *answer)
{
	int base = s->ack->area->base;
	uint32_t first = (uint32_t)base, last = first + ACK_FDS - 1;
	uint32_t a = (uint32_t)call->arguments[0], b = (uint32_t)call->arguments[1];
	bool hit;

	if (call->abi != WIRE_ABI_I386)
		return false;
	if (call->number == I386_CLOSE_RANGE) {
		if (a > b || b < first || a > last)
			return false;
		*answer = 0;
		if (a >= first)
			return true;
		task->clipped = true;
		task->clipped_at = b;
		ptrace(PTRACE_POKEUSER, task->tid, (void *)offsetof(struct user_regs_struct, rcx),
		       (void *)(first - 1UL));
		return false;
	}
	hit = a - first < ACK_FDS;
	*answer = -EBADF;
	if (call->number == I386_DUP2 || call->number == I386_DUP3) {
		if (b - first >= ACK_FDS)
			return hit;
		segment_lose(s->segment, WIRE_LOSS_STUB_TOUCHED);
		return true;
	}
	return call->number == I386_CLOSE && hit;
}
