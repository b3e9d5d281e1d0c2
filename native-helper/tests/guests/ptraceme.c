/* SPDX-License-Identifier: Apache-2.0 */
/* ptraceme.c - asks to be traced, and to trace its child. Prints what it got; `ok` either way. */
#include "guest.h"

int main(void)
{
	long me = ptrace(PTRACE_TRACEME, 0, 0, 0);
	long child;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	child = ptrace(PTRACE_SEIZE, pid, 0, 0);
	printf("traceme %ld seize %ld\n", me, child);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	return done();
}
