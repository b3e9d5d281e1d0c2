/* SPDX-License-Identifier: Apache-2.0 */
/* strict.c - one thread in SECCOMP_MODE_STRICT, which any other call than read, write or exit
 * kills; the main thread waits until getpriority is refused. */
#include <pthread.h>
#include <sys/resource.h>

#include "guest.h"

static int ends[2];

static void *is_strict(void *ignored)
{
	char byte;

	CHECK(prctl(PR_SET_SECCOMP, 1 /* SECCOMP_MODE_STRICT */, 0, 0, 0) == 0);
	CHECK(write(1, "ready\n", 6) == 6);
	while (read(ends[0], &byte, 1) == 1)
		;
	syscall(SYS_exit, 0);
	return ignored;
}

int main(void)
{
	pthread_t thread;

	CHECK(pipe(ends) == 0);
	CHECK(pthread_create(&thread, NULL, is_strict, NULL) == 0);
	for (int i = 0; i < 100; i++) {
		errno = 0;
		getpriority(PRIO_PROCESS, 0);
		if (errno)
			break;
		usleep(50000);
	}
	CHECK(errno == EXDEV);
	CHECK(write(ends[1], "x", 1) == 1);
	usleep(100000);
	CHECK(access("/proc/self/task", F_OK) == 0);
	close(ends[1]);
	return done();
}
