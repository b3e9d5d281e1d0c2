/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bereft.c - generations of processes, each forked while other threads are in the middle of
 * something that they never end in the child: asleep under a mask of their own, or making calls
 * that nobody has seen (`bereft calls`: ioctl with ever new commands).
 */
#include "guest.h"

#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>

#define SLEEPERS   20
#define CALLERS	   3
#define MOST_CALLS 100

static volatile int started, stopped;
static int generation;

static void *sleep_masked(void *nothing)
{
	struct timespec long_time = {60, 0};
	sigset_t all;

	sigfillset(&all);
	__atomic_fetch_add(&started, 1, __ATOMIC_RELEASE);
	ppoll(NULL, 0, &long_time, &all);
	return nothing;
}

static void *call_new(void *argument)
{
	unsigned base = (unsigned)(generation * CALLERS + (int)(intptr_t)argument) * MOST_CALLS;

	__atomic_fetch_add(&started, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < MOST_CALLS && !stopped; i++)
		ioctl(-1, base + i, 0);
	return NULL;
}

static void start(int count, void *(*what)(void *))
{
	pthread_t thread;

	started = stopped = 0;
	for (int i = 0; i < count; i++)
		CHECK(pthread_create(&thread, NULL, what, (void *)(intptr_t)i) == 0 &&
		      pthread_detach(thread) == 0);
	while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) < count)
		sched_yield();
}

/* Everybody ends by _exit, with the others where they are. */
static void descend(int generations, int count, void *(*what)(void *), useconds_t pause)
{
	int status;
	pid_t child;

	for (generation = 0; generation < generations; generation++) {
		start(count, what);
		usleep(pause);
		child = fork();
		CHECK(child >= 0);
		if (child > 0) {
			stopped = 1;
			CHECK(waitpid(child, &status, 0) == child);
			_exit(status == 0 ? 0 : 98);
		}
	}
}

int main(int argc, char **argv)
{
	struct timespec short_time = {0, 1000};
	sigset_t all;
	int status;
	pid_t child = fork();

	(void)argv;
	if (child == 0) {
		if (argc > 1)
			descend(40, CALLERS, call_new, 200);
		else
			descend(6, SLEEPERS, sleep_masked, 50000);
		sigfillset(&all);
		CHECK(ppoll(NULL, 0, &short_time, &all) == 0);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return done();
}
