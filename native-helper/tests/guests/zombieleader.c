/* SPDX-License-Identifier: Apache-2.0 */
/* zombieleader.c - the leader exits first, a thread goes on and ends the process with status 3. */
#include "guest.h"

#include <pthread.h>

static void *live_on(void *nothing)
{
	usleep(50000);
	syscall(SYS_getuid);
	puts("ok");
	fflush(stdout);
	exit(3);
	return nothing;
}

int main(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, live_on, NULL) == 0);
	pthread_exit(NULL);
}
