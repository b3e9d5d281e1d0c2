/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slept - a sleep that a stop interrupts goes on afterwards, by restart_syscall,
 * and the program hears nothing of it.
 */
#include "guest.h"

#include <time.h>

int main(void)
{
	const struct timespec shortly = {0, 100000000}, longer = {0, 600000000};
	pid_t child = fork();
	int status;

	if (child == 0) {
		nanosleep(&shortly, NULL);
		kill(getppid(), SIGSTOP);
		nanosleep(&shortly, NULL);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	CHECK(child > 0);
	CHECK(nanosleep(&longer, NULL) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	puts("ok");
	return 0;
}
