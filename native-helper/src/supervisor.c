/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.c - the loop: gather what the kernel has to say, dispatch it, finish. */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "fd.h"
#include "memory.h"
#include "tally.h"

#define RING_WAIT_NS   2000000000ULL /* how long a full ring may keep a stopped task */
#define RING_WAIT_STEP 1000000L
#define SYSGOOD_EXIT   PTRACE_SYSCALL_INFO_EXIT

static volatile sig_atomic_t front_is_gone;

static void on_attention(int signal)
{
	if (signal == SIGTERM)
		front_is_gone = 1;
}

/* ---- records ------------------------------------------------------------ */

static bool learner_lives(const struct supervisor *s)
{
	return s->doorbell_fd >= 0 && s->segment->header.learner_ready == 1 &&
	       !__atomic_load_n(&s->control->learner_gone, __ATOMIC_ACQUIRE);
}

static bool wait_for_room(struct supervisor *s, const struct wire_record *record,
			  const struct text *texts, unsigned count)
{
	const struct timespec step = {0, RING_WAIT_STEP};
	uint64_t until = segment_now(s->segment) + RING_WAIT_NS;
	uint64_t *tail = &s->segment->header.ring_tail;

	if (s->stalled && s->stalled_tail == __atomic_load_n(tail, __ATOMIC_ACQUIRE))
		return false;
	s->stalled = false;
	while (learner_lives(s) && segment_now(s->segment) < until) {
		segment_ring_doorbell(s->segment, s->doorbell_fd);
		nanosleep(&step, NULL);
		if (segment_publish(s->segment, record, texts, count))
			return true;
	}
	s->stalled = true;
	s->stalled_tail = __atomic_load_n(tail, __ATOMIC_ACQUIRE);
	return false;
}

bool supervisor_publish(struct supervisor *s, struct wire_record *record, const struct text *texts,
			unsigned count)
{
	if (s->silent)
		return false;
	record->time_ns = segment_now(s->segment);
	s->published = true;
	if (tally_publish(s, record, texts, count))
		return true;
	if (record->kind == WIRE_KIND_EXIT)
		return false;
	if (!s->ack && learner_lives(s) && wait_for_room(s, record, texts, count))
		return true;
	segment_lose(s->segment, __atomic_load_n(&s->control->learner_gone, __ATOMIC_ACQUIRE)
					 ? WIRE_LOSS_LEARNER_GONE
					 : WIRE_LOSS_RING_FULL);
	return false;
}

static void set_state(struct supervisor *s, enum wire_state state)
{
	if (s->silent || s->ack) /* W knows better */
		return;
	segment_set_state(s->segment, state);
	s->published = true;
}

/* ---- tasks -------------------------------------------------------------- */

void supervisor_resume(struct supervisor *s, struct task *task, int signal)
{
	int request = task->untraced || task->clipped ? PTRACE_SYSCALL : s->resume;

	if (task->filter.wanted && !s->detaching) { /* any other stop took the wish away */
		task->nudged = true;
		ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
	}
	ptrace((enum __ptrace_request)request, task->tid, NULL, (void *)(long)signal);
}

static bool is_thread_of(pid_t tgid, pid_t tid)
{
	/* EPERM is told only of a thread that is there */
	return syscall(SYS_tgkill, tgid, tid, 0) == 0 || errno == EPERM;
}

struct task *supervisor_follow(struct supervisor *s, pid_t tid, pid_t tgid)
{
	struct wire_header *h = &s->segment->header;
	struct task *task = task_add(&s->tasks, tid, tgid);

	if (!task) {
		segment_lose(s->segment, WIRE_LOSS_UNTRACED);
		return NULL;
	}
	if (s->silent)
		return task;
	tally_add(s, &h->tasks);
	if (s->ack)
		return task;
	h->live_tasks = s->tasks.count;
	if (h->live_tasks > h->peak_tasks)
		h->peak_tasks = h->live_tasks;
	return task;
}

static void forget(struct supervisor *s, struct task *task)
{
	if (task->exec)
		handover_gone(s, task);
	task_remove(&s->tasks, task);
	if (!s->silent && !s->ack)
		s->segment->header.live_tasks = s->tasks.count;
}

struct sweep {
	struct supervisor *s;
	pid_t tgid;
	pid_t except;
};

static void forget_sibling(struct task *task, void *context)
{
	struct sweep *sweep = context;

	if (task->tgid == sweep->tgid && task->tid != sweep->except)
		forget(sweep->s, task);
}

/* ---- one function an event ------------------------------------------------ */

static void adopt(struct supervisor *s, struct task *child, pid_t tgid)
{
	int status = child->status;

	child->tgid = tgid;
	child->orphan = false;
	s->tasks.orphans--;
	supervisor_dispatch(s, child->tid, status);
}

static void on_new_task(struct supervisor *s, struct task *parent)
{
	unsigned long message;
	struct task *child;
	pid_t tid, tgid;
	bool adopted;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &message) < 0)
		return;
	tid = (pid_t)message;
	tgid = is_thread_of(parent->tgid, tid) ? parent->tgid : tid;
	child = task_find(&s->tasks, tid);
	adopted = task_was_adopted(&s->tasks, tid);
	if (child ? !child->orphan : adopted) { /* known, or has ended already */
		supervisor_resume(s, parent, 0);
		return;
	}
	if (!child)
		child = supervisor_follow(s, tid, tgid);
	if (child) {
		child->image = parent->image;
		child->image_hash = parent->image_hash;
		tighten_inherit(s, parent, child);
		if (parent->untraced) { /* the child has the altered flags too */
			child->untraced = true;
			child->untraced_flags = parent->untraced_flags;
			child->untraced_at = parent->untraced_at;
			child->call.abi = parent->call.abi;
		}
		if (s->ending)
			kill(tgid, SIGKILL);
		if (child->orphan)
			adopt(s, child, tgid);
	}
	supervisor_resume(s, parent, 0);
}

static void on_executed(struct supervisor *s, struct task *task)
{
	struct sweep sweep = {s, task->tgid, task->tid};
	unsigned long former = 0;
	struct task *former_task;

	ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former);
	former_task = (pid_t)former != task->tid ? task_find(&s->tasks, (pid_t)former) : NULL;
	if (former_task) {
		/* Another thread executed and took the leader's id; the leader is gone. */
		task->image = former_task->image;
		task->image_hash = former_task->image_hash;
		task->filter = former_task->filter;
	}
	task->untraced = false;
	task->in_call = false;
	task_each(&s->tasks, forget_sibling, &sweep);
	if (s->ack && !handover_executed(s, task))
		return;
	if (!s->silent)
		tally_add(s, &s->segment->header.executions);
	image_update(s, task, true);
	if (task->launching) {
		task->launching = false;
		call_launch(s, task);
		set_state(s, WIRE_STATE_RUNNING);
	}
	supervisor_resume(s, task, 0);
}

/* A thread that a filter kills outright shows no signal-delivery-stop, only this one. */
static void on_exiting(struct supervisor *s, struct task *task)
{
	unsigned long message = 0;
	struct call call;
	long number;
	int op;

	if (task->held) { /* killed while it waited for an answer */
		task->held = false;
		s->tasks.held--;
	}
	if (ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &message) == 0 &&
	    WIFSIGNALED((int)message) && WTERMSIG((int)message) == SIGSYS && !task->launching) {
		if (!task->seccomp_killed && !task->sent_sigsys &&
		    call_read(task->tid, &call, &op)) {
			errno = 0;
			number = ptrace(PTRACE_PEEKUSER, task->tid, (void *)(15 * 8L), NULL);
			if (errno == 0) {
				memset(call.arguments, 0, sizeof(call.arguments));
				call.number = (uint32_t)number;
				call.data = 0;
				call_classify(&call);
				task->call = call;
				task->seccomp_killed = true;
			}
		}
		if (task->seccomp_killed && !s->silent)
			call_killed(s, task);
	}
	supervisor_resume(s, task, 0);
}

/* Of the root: the front asks who sent it what. */
static void signal_seen(struct supervisor *s, int signal, pid_t sender)
{
	uint64_t *when = s->ack ? &s->ack->area->seen[signal].when : &s->control->seen[signal].when;
	int32_t *by =
		s->ack ? &s->ack->area->seen[signal].sender : &s->control->seen[signal].sender;

	__atomic_store_n(when, segment_now(s->segment), __ATOMIC_RELEASE);
	__atomic_store_n(by, sender, __ATOMIC_RELEASE);
}

static void on_signal(struct supervisor *s, struct task *task, int signal)
{
	siginfo_t info;

	if ((signal == SIGSYS || task->tgid == s->root) &&
	    ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &info) == 0) {
		if (signal == SIGSYS) {
			task->seccomp_killed =
				info.si_code == 1; /* SYS_SECCOMP, asm-generic/siginfo.h */
			task->sent_sigsys = !task->seccomp_killed;
			if (task->seccomp_killed) {
				memset(&task->call, 0, sizeof(task->call));
				task->call.arch = info.si_arch;
				task->call.number = (uint32_t)info.si_syscall;
				task->call.instruction_pointer =
					(uint64_t)(uintptr_t)info.si_call_addr;
				call_classify(&task->call);
			}
		}
		if (task->tgid == s->root && info.si_code <= 0 && signal < CONTROL_SIGNALS)
			signal_seen(s, signal, info.si_pid);
	}
	supervisor_resume(s, task, signal);
}

static void on_group_stop(struct supervisor *s, struct task *task)
{
	task->group_stopped = true;
	if (ptrace(PTRACE_LISTEN, task->tid, NULL, NULL) < 0 && errno != ESRCH)
		supervisor_resume(s, task, 0);
}

static void restore_untraced(struct task *task)
{
	if (task->untraced_at)
		ptrace(PTRACE_POKEDATA, task->tid, (void *)task->untraced_at,
		       (void *)(task->untraced_flags));
	else
		ptrace(PTRACE_POKEUSER, task->tid,
		       (void *)(task->call.abi == WIRE_ABI_I386 ? 5 * 8L : 14 * 8L),
		       (void *)task->untraced_flags);
	task->untraced = false;
}

static void on_interrupted(struct supervisor *s, struct task *task)
{
	if (task->group_stopped && task->tid == s->root && !s->ack)
		kill(s->front, SIGCONT); /* it stopped itself when the root did */
	task->group_stopped = false;
	if (task->untraced)
		restore_untraced(task); /* a child at its first stop */
	inject_retry(task);
	supervisor_resume(s, task, 0);
}

static void on_event_stop(struct supervisor *s, struct task *task, int status)
{
	if (task->filter.wanted)
		status = tighten_task(s, task, status);
	if (!status)
		return;
	if (event_of_status(status) == EVENT_GROUP_STOP)
		on_group_stop(s, task);
	else
		on_interrupted(s, task);
}

/* A task that was killed at its stop (ESRCH) never runs the call: nothing is lost. */
static void lose_stop(struct supervisor *s)
{
	if (errno != ESRCH)
		segment_lose(s->segment, WIRE_LOSS_STOP);
}

static void on_call(struct supervisor *s, struct task *task)
{
	struct call call;
	int op;

	affinity_follow(s, task);
	task->seccomp_killed = false; /* a SIGSYS that came before was survived */
	task->sent_sigsys = false;
	errno = 0;
	if (!call_read(task->tid, &call, &op) || op != PTRACE_SYSCALL_INFO_SECCOMP) {
		lose_stop(s);
		supervisor_resume(s, task, 0);
	} else if (s->attach) {
		call_filtered(s, task, &call);
	} else if (task->launching) {
		if (call.number == SYS_execve) {
			task->call = call;
			task->launch_seen = true;
		}
		supervisor_resume(s, task, 0);
	} else {
		call_stop(s, task, &call);
	}
}

static void on_syscall(struct supervisor *s, struct task *task)
{
	struct call call;
	int op;

	affinity_follow(s, task);
	errno = 0;
	if (!call_read(task->tid, &call, &op)) {
		lose_stop(s);
		supervisor_resume(s, task, 0);
		return;
	}
	if (op == PTRACE_SYSCALL_INFO_ENTRY && s->attach) {
		task->in_call = true;
		call_stop(s, task, &call);
		return;
	}
	task->in_call = false;
	if (task->untraced)
		restore_untraced(task);
	if (task->clipped)
		ptrace(PTRACE_POKEUSER, task->tid, (void *)offsetof(struct user_regs_struct, rcx),
		       (void *)task->clipped_at);
	task->clipped = false;
	inject_retry(task);
	supervisor_resume(s, task, 0);
}

void supervisor_go_on_silently(struct supervisor *s)
{
	prctl(PR_SET_PDEATHSIG, 0);
	set_state(s, WIRE_STATE_ENDED);
	segment_ring_doorbell(s->segment, s->doorbell_fd);
	s->silent = true;
	fd_drop(&s->doorbell_fd);
}

static void on_root_gone(struct supervisor *s, int status)
{
	struct wire_header *h = &s->segment->header;
	bool launched = h->state != WIRE_STATE_LAUNCHING;

	s->root_gone = true;
	h->root_status = status;
	if (!launched) {
		if (h->failure_step == WIRE_FAILURE_NONE)
			segment_fail(s->segment, WIRE_FAILURE_EXEC,
				     WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? EPERM
										       : EINTR);
		set_state(s, WIRE_STATE_FAILED);
		return;
	}
	set_state(s, WIRE_STATE_ROOT_EXITED);
	if (s->follow_root && s->tasks.count)
		supervisor_go_on_silently(s);
}

static void on_gone(struct supervisor *s, struct task *task, int status)
{
	bool process = task->tid == task->tgid, root = task->tid == s->root;
	struct wire_record record = {
		.kind = WIRE_KIND_EXIT,
		.pid = task->tgid,
		.tid = task->tid,
		.flags = WIRE_FLAG_RESULT,
		.result = status,
		.image = task->image,
	};

	forget(s, task);
	if (s->ack)
		return; /* the stubs do not tell of ends either */
	if (process)
		supervisor_publish(s, &record, NULL, 0);
	if (root)
		on_root_gone(s, status);
}

/* ---- the three steps -------------------------------------------------------- */

static void keep_for_later(struct supervisor *s, pid_t tid, int status)
{
	struct task *task = supervisor_follow(s, tid, tid);

	if (!task) {
		ptrace((enum __ptrace_request)s->resume, tid, NULL, NULL);
		return;
	}
	task->orphan = true;
	task->status = status;
	s->tasks.orphans++;
}

void supervisor_dispatch(struct supervisor *s, pid_t tid, int status)
{
	struct task *task = task_find(&s->tasks, tid);
	enum trace_event event = event_of_status(status);

	if (s->ack && !task && event == EVENT_EXECUTED)
		task = handover_renamed(s, tid);
	if (task && task->releasing && event != EVENT_EXITED && event != EVENT_KILLED) {
		handover_release(s, task, status);
		return;
	}
	if (!task || task->orphan) {
		if (event == EVENT_EXITED || event == EVENT_KILLED) {
			if (task)
				forget(s, task);
		} else if (!task) {
			keep_for_later(s, tid, status);
		} else {
			task->status = status;
		}
		return;
	}
	if (s->detaching && event != EVENT_EXITED && event != EVENT_KILLED) {
		attach_release(s, task, status);
		return;
	}
	switch (event) {
	case EVENT_EXITED:
	case EVENT_KILLED:
		on_gone(s, task, status);
		break;
	case EVENT_CALL:
		on_call(s, task);
		break;
	case EVENT_SYSCALL:
		on_syscall(s, task);
		break;
	case EVENT_NEW_TASK:
		on_new_task(s, task);
		break;
	case EVENT_EXECUTED:
		on_executed(s, task);
		break;
	case EVENT_EXITING:
		on_exiting(s, task);
		break;
	case EVENT_GROUP_STOP:
	case EVENT_INTERRUPTED:
		on_event_stop(s, task, status);
		break;
	case EVENT_SIGNAL:
		on_signal(s, task, WSTOPSIG(status));
		break;
	}
}

/* Takes all statuses that are there, so that one busy thread cannot starve the others. Sleeps only
 * if there is nothing at all to do. False: no tracee is left. */
static bool gather(struct supervisor *s)
{
	s->gathered_count = 0;
	while (s->gathered_count < GATHER_MAX) {
		bool busy = s->gathered_count || s->tasks.orphans ||
			    __atomic_load_n(s->attention, __ATOMIC_ACQUIRE) || front_is_gone;
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | (busy ? WNOHANG : 0));

		if (tid < 0 && errno == ECHILD && s->gathered_count == 0)
			return s->ack && handover_idle(s);
		if (tid <= 0)
			break;
		s->gathered[s->gathered_count].tid = tid;
		s->gathered[s->gathered_count].status = status;
		s->gathered_count++;
		if (s->tasks.count == 1)
			break;
	}
	return true;
}

static void find_orphan(struct task *task, void *context)
{
	if (task->orphan)
		*(struct task **)context = task;
}

static void adopt_from_proc(struct supervisor *s, struct task *task)
{
	char status[4096];
	long tgid;

	tgid = proc_read(task->tid, "status", status, sizeof(status))
		       ? status_field(status, "Tgid:")
		       : -1;
	image_update(s, task, false);
	if (s->tighten.generation) {
		task->filter.has = s->tighten.generation - 1;
		task->filter.wanted = true;
		task->filter.uncertain = true;
	}
	task_adopted(&s->tasks, task->tid);
	adopt(s, task, tgid > 0 ? (pid_t)tgid : task->tid);
}

/* Those whose parent was killed before it could tell of them. */
static void adopt_orphans(struct supervisor *s)
{
	while (s->tasks.orphans && s->gathered_count == 0) {
		struct task *orphan = NULL;

		task_each(&s->tasks, find_orphan, &orphan);
		if (!orphan)
			break;
		adopt_from_proc(s, orphan);
	}
}

static void finish(struct supervisor *s)
{
	adopt_orphans(s);
	tighten_check(s);
	if (front_is_gone && !s->detaching)
		attach_begin_detach(s);
	if (__atomic_load_n(s->attention, __ATOMIC_ACQUIRE))
		orders_take(s);
	if (s->published)
		segment_ring_doorbell(s->segment, s->doorbell_fd);
	s->published = false;
}

/* ---- beginning and end -------------------------------------------------------- */

static void leave_the_terminal(struct supervisor *s)
{
	int keep[6] = {s->doorbell_fd, s->orders_fd, s->go_fd, -1, -1, -1};
	struct sigaction attention = {.sa_handler = on_attention};
	struct sigaction quiet = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
	sigset_t mask;

#ifdef __SANITIZE_ADDRESS__
	keep[3] = STDERR_FILENO;
#endif
	if (s->ack) {
		keep[4] = s->ack->life[0];
		keep[5] = s->ack->stub_fd;
	}
	setsid();
	prctl(PR_SET_NAME, "acktrace-superv");
	prctl(PR_SET_PDEATHSIG, s->attach ? SIGTERM : SIGKILL);
	if (getppid() != s->front)
		_exit(1);
	fd_close_others(keep, 6, 0);
	sigaction(ATTENTION_SIGNAL, &attention, NULL);
	sigaction(SIGTERM, &attention, NULL);
	sigaction(SIGALRM, &attention, NULL);
	sigaction(SIGCHLD, &quiet, NULL);
	sigfillset(&mask);
	sigdelset(&mask, ATTENTION_SIGNAL);
	if (s->attach) {
		sigdelset(&mask, SIGTERM);
		sigdelset(&mask, SIGALRM);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static _Noreturn void give_up(struct supervisor *s, enum wire_failure step, int error)
{
	segment_fail(s->segment, step, error);
	segment_set_state(s->segment, WIRE_STATE_FAILED);
	segment_ring_doorbell(s->segment, s->doorbell_fd);
	_exit(1);
}

/* The front sends the target's pid; the target waits for a byte. */
static void begin_launch(struct supervisor *s)
{
	struct task *task;
	pid_t pid;

	if (read(s->orders_fd, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(long)OPTIONS_LAUNCH) < 0)
		give_up(s, WIRE_FAILURE_SEIZE, errno);
	s->root = pid;
	task = supervisor_follow(s, pid, pid);
	if (!task)
		give_up(s, WIRE_FAILURE_SUPERVISOR, ENOMEM);
	task->launching = true;
	if (write(s->go_fd, "!", 1) != 1)
		give_up(s, WIRE_FAILURE_SUPERVISOR, errno);
	fd_drop(&s->go_fd);
}

static void begin_attach(struct supervisor *s)
{
	s->resume = PTRACE_SYSCALL;
	if (attach_all(s, s->root) < 0)
		give_up(s, WIRE_FAILURE_ATTACH, errno);
	segment_set_state(s->segment, WIRE_STATE_RUNNING);
	segment_ring_doorbell(s->segment, s->doorbell_fd);
}

_Noreturn void supervise(struct supervisor *s)
{
	s->attention = s->ack ? &s->control->handover : &s->control->attention;
	s->resume = PTRACE_CONT;
	leave_the_terminal(s);
	if (s->attach)
		begin_attach(s);
	else if (!s->ack)
		begin_launch(s);
	fcntl(s->orders_fd, F_SETFL, O_NONBLOCK);
	while (gather(s)) {
		for (unsigned i = 0; i < s->gathered_count; i++)
			supervisor_dispatch(s, s->gathered[i].tid, s->gathered[i].status);
		finish(s);
	}
	if (s->ack)
		_exit(0);
	if (s->segment->header.state != WIRE_STATE_FAILED)
		set_state(s, WIRE_STATE_ENDED);
	segment_ring_doorbell(s->segment, s->doorbell_fd);
	_exit(0);
}
