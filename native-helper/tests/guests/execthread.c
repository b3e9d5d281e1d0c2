/* SPDX-License-Identifier: Apache-2.0 */
/* execthread.c - a thread that is not the leader executes; other threads stand around. */
#include "guest.h"

#include <pthread.h>

static void *idle(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static void *execute(void *path)
{
	execl(path, path, "again", NULL);
	_exit(98);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc > 1) {
		CHECK(getpid() == gettid());
		syscall(SYS_getuid);
		return done();
	}
	for (int i = 0; i < 5; i++)
		CHECK(pthread_create(&thread, NULL, idle, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, execute, argv[0]) == 0);
	pthread_join(thread, NULL);
	return 97;
}
