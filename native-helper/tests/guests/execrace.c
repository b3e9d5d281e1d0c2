/* SPDX-License-Identifier: Apache-2.0 */
/* execrace.c - `execrace [N]`: eight threads execute at the same time, one wins; N generations
 * (50). */
#include "guest.h"

#include <pthread.h>

static pthread_barrier_t barrier;
static char number[16];
static char *program;

static void *race(void *nothing)
{
	pthread_barrier_wait(&barrier);
	execl(program, program, number, NULL);
	pause(); /* the losers are killed in the kernel, or never come back */
	return nothing;
}

int main(int argc, char **argv)
{
	int left = argc > 1 ? atoi(argv[1]) : 50;
	pthread_t thread;

	CHECK(getpid() == gettid());
	if (left == 0)
		return done();
	program = argv[0];
	snprintf(number, sizeof(number), "%d", left - 1);
	pthread_barrier_init(&barrier, NULL, 8);
	for (int i = 0; i < 7; i++)
		CHECK(pthread_create(&thread, NULL, race, NULL) == 0);
	race(NULL);
	return 1;
}
