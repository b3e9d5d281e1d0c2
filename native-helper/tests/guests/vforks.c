/* SPDX-License-Identifier: Apache-2.0 */
/* vforks.c - vfork, its child executes or exits. */
#include "guest.h"

int main(int argc, char **argv)
{
	static volatile int seen, i;
	int status;
	pid_t pid;

	if (argc > 1)
		return 42;
	for (i = 0; i < 50; i++) {
		seen = 0;
		pid = vfork();
		CHECK(pid >= 0);
		if (pid == 0) {
			seen = 1;
			if (i % 2)
				_exit(7);
			execl(argv[0], argv[0], "child", NULL);
			_exit(98);
		}
		CHECK(seen == 1);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == (i % 2 ? 7 : 42));
	}
	return done();
}
