/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stepped.c - `stepped SIGNAL STEPS FIRST END COMMAND [ARG...]`: somewhere in the command a program
 * says its id in a line. That one is stepped so many instructions on, and gets the signal before
 * some of those at [FIRST, END), two addresses in hexadecimal, where a timer would rarely meet it.
 * Then SIGUSR1 tells it to end. Passes its output on; ends with the command's status, 90 and more
 * if that cannot be done.
 */
#include "random.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define STUB_START 0x70000000UL
#define STUB_END   0x70040000UL

/* One signal for each way through the range, or fewer: a handler's end may lie in it, too. */
static unsigned long first, end, one_of;
static long sent;

/* Who steps over an iretq leaves the trace flag to the program: the kernel takes it for the
 * program's own then (is_setting_trap_flag). */
static int stands_at_iretq(pid_t pid, unsigned long rip)
{
	return rip - STUB_START < STUB_END - STUB_START &&
	       (ptrace(PTRACE_PEEKTEXT, pid, rip, 0) & 0xffff) == 0xcf48;
}

/* Goes on from a stop: where a step ended, or a signal came. */
static int go_on(pid_t pid, int status)
{
	unsigned long rip;

	if (WSTOPSIG(status) != SIGTRAP)
		return (int)ptrace(PTRACE_SINGLESTEP, pid, 0,
				   WSTOPSIG(status) == SIGSTOP ? 0L : (long)WSTOPSIG(status));
	rip = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rip),
				    0);
	if (stands_at_iretq(pid, rip))
		return (int)ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return (int)ptrace(PTRACE_SINGLESTEP, pid, 0,
			   rip - first < end - first && next_random() % one_of == 0 ? sent : 0L);
}

static int step(pid_t pid, long steps)
{
	int status;

	if (ptrace(PTRACE_ATTACH, pid, 0, 0) < 0)
		return 92;
	for (;; steps--) {
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			return 93;
		if (steps <= 0 && WSTOPSIG(status) == SIGTRAP)
			return ptrace(PTRACE_DETACH, pid, 0, 0) < 0 ? 94 : 0;
		if (go_on(pid, status) < 0)
			return 95;
	}
}

int main(int argc, char **argv)
{
	int ends[2], status, failure, c;
	pid_t command, pid = 0;
	FILE *said;

	if (argc < 6 || pipe(ends) < 0)
		return 91;
	first = strtoul(argv[3], NULL, 16);
	end = strtoul(argv[4], NULL, 16);
	one_of = (end - first) / 2 + 2;
	sent = atol(argv[1]);
	command = fork();
	if (command == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[5], argv + 5);
		_exit(96);
	}
	close(ends[1]);
	said = fdopen(ends[0], "r");
	if (!said || fscanf(said, "%d", &pid) != 1)
		return 97;
	failure = step(pid, atol(argv[2]));
	if (failure)
		fprintf(stderr, "stepped: %d, errno %d\n", failure, errno);
	kill(pid, SIGUSR1);
	while ((c = fgetc(said)) != EOF)
		putchar(c);
	if (waitpid(command, &status, 0) != command)
		return 98;
	if (failure)
		return failure;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
