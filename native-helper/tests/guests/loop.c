/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - `loop N`: N calls of getppid, prints nanoseconds a call. Its CPUs and its scheduling
 * policy must be afterwards what they were. */
#include "guest.h"

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 1000;
	struct timespec a, b;
	cpu_set_t before, after;
	int policy = sched_getscheduler(0);

	CHECK(sched_getaffinity(0, sizeof(before), &before) == 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%ld ns\n", (long)((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec) / n);
	CHECK(sched_getaffinity(0, sizeof(after), &after) == 0 && CPU_EQUAL(&before, &after));
	CHECK(sched_getscheduler(0) == policy);
	return done();
}
