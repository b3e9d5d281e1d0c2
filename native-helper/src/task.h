/* SPDX-License-Identifier: Apache-2.0 */
/* task.h - the threads that are followed. */
#ifndef ACKTRACE_TASK_H
#define ACKTRACE_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fingerprint.h"

struct ack_exec;

#define TASK_BUCKETS 4096 /* a power of two */

struct task {
	struct task *next; /* in its bucket, or in the free list */
	pid_t tid;
	pid_t tgid;
	uint32_t image;
	uint64_t image_hash;
	bool launching;	     /* runs the launcher; its calls are nobody's */
	bool launch_seen;    /* launching: `call` is the execve */
	bool orphan;	     /* stopped before its parent told of it; `status` waits */
	bool held;	     /* waits for an answer about `call` */
	bool in_call;	     /* attached: between entry and exit stop */
	bool seccomp_killed; /* a filter sent it SIGSYS; not yet said */
	bool sent_sigsys;    /* somebody sent it SIGSYS by kill */
	bool group_stopped;
	bool untraced;		 /* CLONE_UNTRACED was taken out and comes back at the exit stop */
	uint64_t untraced_flags; /* as the target gave them */
	uint64_t untraced_at;	 /* clone3: their address; 0: the first argument's register */
	bool clipped;		 /* the second argument was made smaller; comes back likewise */
	uint64_t clipped_at;	 /* as the target gave it */
	bool releasing;		 /* handed over, and let go at its next stop */
	struct ack_exec *exec;	 /* handed over, and not yet executing; NULL else */
	bool nudged;	/* asked to stop by us; a call that this interrupts is made again */
	bool permitted; /* attached: `in_call` with a verdict that lets it pass our filter */
	struct {
		uint32_t has;	/* the generation of filters that it has; see tighten.c */
		bool wanted;	/* gets the present one at its next stop */
		bool apart;	/* by itself, not with its siblings */
		bool told;	/* as one that did not stop in time */
		bool uncertain; /* nobody knows which it has */
	} filter;
	int status;
	struct call call;
	uint64_t fingerprint; /* of `call`, while held */
};

#define TASK_UNTOLD 64

struct tasks {
	struct task *buckets[TASK_BUCKETS];
	struct task *free;
	unsigned count;
	unsigned orphans;
	unsigned held;
	pid_t untold[TASK_UNTOLD]; /* adopted, and the parent may still tell of it; a ring */
	unsigned untold_next;
};

/* The task, or NULL. */
struct task *task_find(struct tasks *tasks, pid_t tid);

/* A new task, zeroed but for its ids. NULL: no memory. */
struct task *task_add(struct tasks *tasks, pid_t tid, pid_t tgid);

void task_remove(struct tasks *tasks, struct task *task);

/* A task was adopted before its parent told of it. It may end before the parent does. */
void task_adopted(struct tasks *tasks, pid_t tid);

/* The parent tells of a task now: true if it was adopted before. */
bool task_was_adopted(struct tasks *tasks, pid_t tid);

/* Calls visit on each task; visit may remove the task that it gets. */
void task_each(struct tasks *tasks, void (*visit)(struct task *task, void *context), void *context);

#endif
