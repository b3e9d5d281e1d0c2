/* SPDX-License-Identifier: Apache-2.0 */
/* orphans.c - parents that are killed at once after they forked: their children must not be lost.
 */
#include "guest.h"

int main(void)
{
	int ends[2], status;
	char bytes[4096];
	ssize_t n, total = 0;

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(ends[0]);
			if (fork() == 0) {
				kill(getppid(), SIGKILL);
				_exit(write(ends[1], "x", 1) != 1);
			}
			for (;;)
				pause();
		}
		CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	}
	close(ends[1]);
	while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
		total += n;
	CHECK(total == 100);
	return done();
}
