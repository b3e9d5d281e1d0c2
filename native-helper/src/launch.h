/* SPDX-License-Identifier: Apache-2.0 */
/* launch.h - what to run and how; and the last steps before execve. */
#ifndef ACKTRACE_LAUNCH_H
#define ACKTRACE_LAUNCH_H

#include <linux/filter.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wire.h"

#define FILTER_MAX 4096 /* BPF_MAXINSNS, linux/bpf_common.h */

/* A checked LAUNCH or ATTACH command. Owns its memory. */
struct launch {
	uint32_t mode;
	uint32_t flags;
	pid_t pid; /* ATTACH */
	struct sock_filter *filter;
	unsigned filter_count;
	char **arguments; /* NULL-terminated; NULL for ATTACH */
	char *salvage;	  /* NULL: none */
	char *terminal;	  /* NULL: the target shares ours */
};

/* What the user's state was before this process changed anything of it. */
struct user_state {
	sigset_t mask;
	struct sigaction child; /* disposition of SIGCHLD */
	int death_signal;	/* prctl(PR_GET_PDEATHSIG) */
};

void user_state_save(struct user_state *state);

/* Puts mask, disposition and death signal back; for the target, just before it is executed. */
void user_state_restore(const struct user_state *state);

/* Checks a payload and copies it. NULL on success, else what is wrong with it. */
const char *launch_parse(struct launch *launch, uint32_t kind, const void *payload, size_t size);

void launch_free(struct launch *launch);

/* The files that execvp(3) would try, those that cannot be executed left out. NULL with errno
 * (ENOENT, EACCES, ENOMEM) if none is left. One block of memory, NULL-terminated. */
char **launch_candidates(const char *name, const char *path);

/* no_new_privs, filter, execve. Returns only on failure: the step, with errno. */
enum wire_failure launch_execute(const struct launch *launch, char **candidates);

/* Makes the terminal the controlling terminal and stdio of a new session. 0, or -1 with errno. */
int launch_take_terminal(const char *path);

#endif
