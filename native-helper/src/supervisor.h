/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.h - S: seizes the target, follows every child, reports, obeys verdicts. */
#ifndef ACKTRACE_SUPERVISOR_H
#define ACKTRACE_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>

#include "ack_launch.h"
#include "control.h"
#include "segment.h"
#include "task.h"

#define GATHER_MAX 64

/* PTRACE_SEIZE of what acktrace has started. */
#define OPTIONS_FOLLOW                                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)
#define OPTIONS_LAUNCH (OPTIONS_FOLLOW | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)

struct supervisor {
	/* Set by who starts it. */
	struct wire_segment *segment;
	struct control *control;
	int segment_fd;
	int doorbell_fd; /* write end; -1: nobody */
	int orders_fd;	 /* commands from the front */
	int go_fd;	 /* a byte here lets the target go; -1: attached */
	bool follow_root;
	bool attach;
	pid_t front;		 /* its parent: the front, or W beside stubs */
	struct ack_session *ack; /* stands beside the stubs of a target; NULL: alone */

	/* Its own. */
	pid_t root;
	bool root_gone;
	bool silent; /* follow root: the root has ended, nothing is reported any more */
	bool detaching;
	bool ending;  /* everybody is killed, newcomers too */
	bool stalled; /* the learner let the ring stand full for RING_WAIT */
	uint64_t stalled_tail;
	bool published; /* since the last doorbell */
	struct {
		uint32_t generation; /* filters stacked so far */
		uint32_t serial;     /* of the present one */
		uint32_t flags;
		unsigned processes; /* that got it at once */
		bool open;	    /* the last word about it was not yet said */
		uint64_t until;	    /* when it is said at last, segment time */
	} tighten;
	uint32_t *attention; /* in `control`: somebody has an order */
	int filters;	     /* beside stubs: how many the target has that it did not install */
	int resume;	     /* PTRACE_CONT, or PTRACE_SYSCALL where attached */
	struct tasks tasks;
	struct {
		pid_t tid;
		int status;
	} gathered[GATHER_MAX];
	unsigned gathered_count;
};

/* Runs until the last tracee is gone; never returns. Called in a fresh child of the front. */
_Noreturn void supervise(struct supervisor *s);

/* A new record of a task that is seized. NULL: no memory, counted. */
struct task *supervisor_follow(struct supervisor *s, pid_t tid, pid_t tgid);

/* Lets a stopped task go on, with a signal or 0. ESRCH (it was killed) is normal. */
void supervisor_resume(struct supervisor *s, struct task *task, int signal);

/* The root has ended and nobody waits for the rest: they cannot do without their tracer, so it
 * stays, reports nothing, and survives the front. */
void supervisor_go_on_silently(struct supervisor *s);

/* Does what a wait status of a task asks for. */
void supervisor_dispatch(struct supervisor *s, pid_t tid, int status);

/* Publishes a record; waits for room while the learner lives. False: lost and counted. */
bool supervisor_publish(struct supervisor *s, struct wire_record *record, const struct text *texts,
			unsigned count);

/* call.c: a call was reported at a stop of the task; decides and resumes, or holds. */
void call_stop(struct supervisor *s, struct task *task, const struct call *call);

/* call.c: fills `call` from the stop. False: the registers could not be read. `op` is set to
 * PTRACE_SYSCALL_INFO_*. */
bool call_read(pid_t tid, struct call *call, int *op);

/* call.c: carries a verdict out on a held task. */
void call_answer(struct supervisor *s, struct task *task, uint32_t verdict, uint32_t error);

/* call.c: looks at the shape table again for a held task. */
void call_look_again(struct supervisor *s, struct task *task);

/* call.c: nobody will answer any more: does what the filter said. */
void call_let_go(struct supervisor *s, struct task *task);

/* call.c: says that a filter kills the task at its present call. */
void call_killed(struct supervisor *s, struct task *task);

/* call.c: says that the target was started. */
void call_launch(struct supervisor *s, struct task *task);

/* image.c: the task executes another program, or is new to us. */
void image_update(struct supervisor *s, struct task *task, bool executed);

/* attach.c: seizes all threads of a process. 0, or -1 with errno. */
int attach_all(struct supervisor *s, pid_t pid);

/* attach.c: lets a stopped task go for good. */
void attach_release(struct supervisor *s, struct task *task, int status);

/* attach.c: asks every task to stop, so that it can be released. */
void attach_begin_detach(struct supervisor *s);

/* A command on the way from the front to its supervisor: one write, one read. */
struct order {
	uint32_t kind; /* WIRE_COMMAND_ANSWER, LOOK, DETACH or END */
	struct wire_answer answer;
};

/* orders.c: reads and carries out what the front sent. */
void orders_take(struct supervisor *s);

/* tighten.c: takes a filter that the front left, and asks all tasks to stop for it. */
void tighten_begin(struct supervisor *s);

/* tighten.c: gives a task that stopped at PTRACE_EVENT_STOP the filter, if it is wanted. Returns
 * the status of the stop in which it is now; 0: it is gone. */
int tighten_task(struct supervisor *s, struct task *task, int status);

/* tighten.c: what a new task has of its parent. */
void tighten_inherit(struct supervisor *s, const struct task *parent, struct task *child);

/* tighten.c: says the last word when all have followed, or when it is time. */
void tighten_check(struct supervisor *s);

/* inject.c: makes a call again that ended only because we asked its task to stop. */
void inject_retry(struct task *task);

/* call.c: an attached task stopped at a filter: ours, if there is one. */
void call_filtered(struct supervisor *s, struct task *task, const struct call *call);

/* handover.c: takes what threads under the stub ask for. */
void handover_look(struct supervisor *s);

/* handover.c: sleeps until there is something to do; false: nothing will ever be. */
bool handover_idle(struct supervisor *s);

/* handover.c: the task of a process in which another thread of ours has executed an image; NULL. */
struct task *handover_renamed(struct supervisor *s, pid_t tid);

/* handover.c: a task has executed an image. False: it is under the stub now, or gone. */
bool handover_executed(struct supervisor *s, struct task *task);

/* handover.c: lets a task go whose execution has failed. `status` is that of its stop. */
void handover_release(struct supervisor *s, struct task *task, int status);

/* handover.c: a task is gone. */
void handover_gone(struct supervisor *s, struct task *task);

/* handover.c: would the call take the stub's descriptors away? Then it is answered with *answer, 0
 * or -errno; or, false, it may run as it is now. */
bool handover_guards(struct supervisor *s, struct task *task, const struct call *call,
		     long *answer);

/* adopt.c: maps the stub into the 64-bit image that the task has just executed, and lets it go. */
void adopt_image(struct supervisor *s, struct task *task);

/* affinity.c: called at each stop that costs the target time. */
void affinity_follow(struct supervisor *s, const struct task *task);

/* affinity.c: the CPU in a /proc/PID/stat text, -1: none. */
int affinity_cpu_of_stat(const char *stat);

/* affinity.c: how many tasks are runnable, of a /proc/loadavg text; -1: no such text. */
int affinity_runnable(const char *loadavg);

#endif
