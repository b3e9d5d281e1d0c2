/* SPDX-License-Identifier: Apache-2.0 */
/* forks.c - `forks [N]`: N children (2000) one after the other, each with a call of its own. */
#include "guest.h"

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 2000;
	int status;

	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			syscall(SYS_getuid);
			_exit((int)(i % 100));
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
	}
	return done();
}
