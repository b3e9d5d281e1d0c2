/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptracer - a program that wants to trace its child. Prints whether it may, and
 * runs the child to its end in either case.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status, stops = 0;
	pid_t child = fork();

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(errno == EPERM ? 1 : 2);
		raise(SIGUSR1);
		_exit(0);
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		stops++;
		ptrace(PTRACE_CONT, child, NULL, NULL);
	}
	printf("traced %s, status %d\n", stops > 0 ? "yes" : "no", WEXITSTATUS(status));
	return 0;
}
