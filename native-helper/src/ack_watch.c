/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack_watch.c - the target reports by itself; W only looks after the segment.
 * It traces nobody and is nobody's parent: that every process has ended it hears
 * from the pipe whose write end they all hold.
 */
#include "ack_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "segment.h"
#include "supervisor.h"

#define LOOK_MS	   20 /* how long a new record may wait for the doorbell */
#define FOLD_LOOKS 10 /* looks between two additions */

static volatile sig_atomic_t front_is_gone;

static void on_death(int signal)
{
	(void)signal;
	front_is_gone = 1;
}

static void leave_the_terminal(const struct ack_watch *w)
{
	struct sigaction death = {.sa_handler = on_death};
	int keep[] = {w->doorbell_fd, w->orders_fd, w->go_fd, w->ack->life[0], w->ack->area_fd, -1};
	sigset_t mask;

#ifdef __SANITIZE_ADDRESS__
	keep[5] = STDERR_FILENO;
#endif
	setsid();
	prctl(PR_SET_NAME, "acktrace-superv");
	sigaction(SIGTERM, &death, NULL);
	sigfillset(&mask);
	sigdelset(&mask, SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != w->front)
		_exit(1);
	fd_close_others(keep, sizeof(keep) / sizeof(*keep), 0);
}

/* Does the process hold the pipe? Then it is of the target. */
static bool is_of_target(const char *pid, const struct stat *pipe)
{
	char path[300];
	struct stat status;
	struct dirent *entry;
	bool found = false;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	while (fds && !found && (entry = readdir(fds))) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(fds), entry->d_name, &status, 0) < 0)
			continue;
		found = status.st_dev == pipe->st_dev && status.st_ino == pipe->st_ino;
	}
	if (fds)
		closedir(fds);
	return found;
}

/* SIGKILL to everybody who holds the pipe, until nobody does: they may fork meanwhile. */
static void kill_all(const struct ack_watch *w)
{
	struct stat pipe;

	if (fstat(w->ack->life[0], &pipe) < 0)
		return;
	for (int round = 0; round < 100 && !ack_session_ended(w->ack); round++) {
		DIR *processes = opendir("/proc");
		struct dirent *entry;

		while (processes && (entry = readdir(processes))) {
			pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

			if (pid > 1 && pid != getpid() && pid != w->front &&
			    is_of_target(entry->d_name, &pipe))
				kill(pid, SIGKILL);
		}
		if (processes)
			closedir(processes);
		poll(NULL, 0, 1);
	}
}

static void take_orders(struct ack_watch *w)
{
	struct order order;

	__atomic_store_n(&w->control->attention, 0, __ATOMIC_SEQ_CST);
	while (read(w->orders_fd, &order, sizeof(order)) == sizeof(order))
		if (order.kind == WIRE_COMMAND_END)
			kill_all(w);
}

static uint32_t state_of(const struct ack_watch *w)
{
	return __atomic_load_n(&w->segment->header.state, __ATOMIC_SEQ_CST);
}

/* The front has told how the root ended; nothing more is to come, or nobody wants to hear it. */
static bool is_over(const struct ack_watch *w)
{
	uint32_t state = state_of(w);

	if (state == WIRE_STATE_FAILED)
		return true;
	if (w->follow_root && state >= WIRE_STATE_ROOT_EXITED)
		return true;
	return ack_session_ended(w->ack) && state >= WIRE_STATE_ROOT_EXITED;
}

static void look(struct ack_watch *w, unsigned *looks)
{
	struct pollfd life = {.fd = w->ack->life[0], .events = POLLIN};
	int n = poll(&life, 1, LOOK_MS);

	if (n > 0) /* all have ended; the front may not have told yet */
		poll(NULL, 0, 1);
	if (front_is_gone) { /* the learner hears it from the doorbell's end */
		kill_all(w);
		ack_session_fold(w->ack);
		_exit(1);
	}
	take_orders(w);
	if (++*looks % FOLD_LOOKS == 0)
		ack_session_fold(w->ack);
	if (ack_session_has_news(w->ack))
		segment_ring_doorbell(w->segment, w->doorbell_fd);
}

_Noreturn void ack_watch(struct ack_watch *w)
{
	unsigned looks = 0;
	pid_t target;

	leave_the_terminal(w);
	ack_session_started(w->ack);
	if (read(w->orders_fd, &target, sizeof(target)) != sizeof(target) ||
	    write(w->go_fd, "!", 1) != 1)
		_exit(1);
	fd_drop(&w->go_fd);
	fcntl(w->orders_fd, F_SETFL, O_NONBLOCK);
	while (!is_over(w))
		look(w, &looks);
	ack_session_fold(w->ack);
	if (ack_session_ended(w->ack))
		ack_session_repair(w->ack);
	if (state_of(w) != WIRE_STATE_FAILED)
		segment_set_state(w->segment, WIRE_STATE_ENDED);
	segment_ring_doorbell(w->segment, w->doorbell_fd);
	_exit(0);
}
