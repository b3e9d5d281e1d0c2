/* SPDX-License-Identifier: Apache-2.0 */
/* threads.c - `threads [N]`: N threads (200), all alive at once, each with a call of its own. */
#include "guest.h"

#include <pthread.h>

static pthread_barrier_t barrier;

static void *run(void *number)
{
	pthread_barrier_wait(&barrier);
	syscall(SYS_gettid);
	sched_yield();
	pthread_barrier_wait(&barrier);
	return number;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 200;
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_attr_t attributes;
	void *result;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	pthread_barrier_init(&barrier, NULL, (unsigned)n);
	for (long i = 0; i < n; i++)
		CHECK(pthread_create(&threads[i], &attributes, run, (void *)i) == 0);
	for (long i = 0; i < n; i++) {
		CHECK(pthread_join(threads[i], &result) == 0);
		CHECK((long)result == i);
	}
	return done();
}
