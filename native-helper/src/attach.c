/* SPDX-License-Identifier: Apache-2.0 */
/* attach.c - joining a running process, and leaving it. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "memory.h"
#include "supervisor.h"

#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP)
#define ROUNDS 100 /* of looking for threads that were started meanwhile */

static int seize(struct supervisor *s, pid_t tid, pid_t tgid)
{
	struct wire_header *h = &s->segment->header;
	struct task *task;

	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(long)OPTIONS) < 0)
		return -1;
	task = task_add(&s->tasks, tid, tgid);
	if (!task)
		return -1;
	h->tasks++;
	h->live_tasks = s->tasks.count;
	if (h->live_tasks > h->peak_tasks)
		h->peak_tasks = h->live_tasks;
	segment_lose(s->segment, WIRE_LOSS_ATTACH_GAP);
	image_update(s, task, false);
	task->nudged = true;
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	return 0;
}

/* One pass over the threads. Returns how many were new, or -1 with errno. */
static int seize_new(struct supervisor *s, pid_t pid)
{
	char path[64];
	struct dirent *entry;
	int fresh = 0, error = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	directory = opendir(path);
	if (!directory)
		return -1;
	while ((entry = readdir(directory))) {
		pid_t tid = (pid_t)atoi(entry->d_name);

		if (tid <= 0 || task_find(&s->tasks, tid))
			continue;
		if (seize(s, tid, pid) == 0)
			fresh++;
		else if (errno != ESRCH)
			error = errno;
	}
	closedir(directory);
	errno = error;
	return error ? -1 : fresh;
}

int attach_all(struct supervisor *s, pid_t pid)
{
	struct itimerval tick = {{0, 200000}, {0, 200000}};
	char status[4096];
	long tgid = proc_read(pid, "status", status, sizeof(status)) ? status_field(status, "Tgid:")
								     : -1;
	int fresh = 1;

	if (tgid <= 0) {
		errno = ESRCH;
		return -1;
	}
	s->root = (pid_t)tgid; /* the user may have named any thread */
	s->segment->header.root_pid = s->root;
	/* The news that the front has died comes once and may come before a wait begins. */
	setitimer(ITIMER_REAL, &tick, NULL);
	for (int i = 0; i < ROUNDS && fresh > 0; i++)
		fresh = seize_new(s, s->root);
	if (fresh < 0)
		return -1; /* the kernel lets go of those that were seized when we exit */
	if (!s->tasks.count) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

void attach_release(struct supervisor *s, struct task *task, int status)
{
	int signal = event_of_status(status) == EVENT_SIGNAL ? WSTOPSIG(status) : 0;

	if (!signal)
		inject_retry(task); /* an interrupted call is left at its exit stop, or behind it */
	ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(long)signal);
	task_remove(&s->tasks, task);
	s->segment->header.live_tasks = s->tasks.count;
}

static void ask_to_stop(struct task *task, void *context)
{
	struct supervisor *s = context;

	if (task->held) {
		attach_release(s, task, 0);
		return;
	}
	task->nudged = true;
	ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

void attach_begin_detach(struct supervisor *s)
{
	s->detaching = true;
	task_each(&s->tasks, ask_to_stop, s);
}
