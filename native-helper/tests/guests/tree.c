/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - a tree of processes that grow at once: three children each, five levels, 364 processes;
 * each leaf has a thread. Every process and every thread calls getuid once. */
#include "guest.h"

#include <pthread.h>

static void *call(void *nothing)
{
	syscall(SYS_getuid);
	return nothing;
}

static int grow(int level)
{
	pid_t pids[3];
	pthread_t thread;
	int status;

	syscall(SYS_getuid);
	if (level == 0) {
		CHECK(pthread_create(&thread, NULL, call, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(grow(level - 1));
	}
	for (int i = 0; i < 3; i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	return 0;
}

int main(void)
{
	CHECK(grow(5) == 0);
	return done();
}
