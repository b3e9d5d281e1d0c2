/* SPDX-License-Identifier: Apache-2.0 */
/*
 * busy.c - `busy SECONDS [FILE]`, at most until FILE is there: six threads: two call, one sleeps,
 * one waits in poll, one in a pipe, the first counts. Nothing of that may be disturbed.
 */
#include "guest.h"

#include <poll.h>
#include <pthread.h>

static volatile int over;
static int ends[2];

static void *call(void *nothing)
{
	while (!over) {
		syscall(SYS_getuid);
		usleep(1000);
	}
	return nothing;
}

static void *nap(void *nothing)
{
	struct timespec t = {0, 50000000};

	while (!over)
		CHECK(nanosleep(&t, NULL) == 0);
	return nothing;
}

static void *wait_poll(void *nothing)
{
	while (!over) {
		struct pollfd p = {.fd = -1};

		CHECK(poll(&p, 1, 100) == 0);
	}
	return nothing;
}

static void *wait_pipe(void *nothing)
{
	char byte;

	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
	return nothing;
}

int main(int argc, char **argv)
{
	void *(*const runs[])(void *) = {call, call, nap, wait_poll, wait_pipe};
	pthread_t threads[5];
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(pthread_create(&threads[i], NULL, runs[i], NULL) == 0);
	while (time(NULL) < end && (argc < 3 || access(argv[2], F_OK) != 0))
		usleep(10000);
	over = 1;
	CHECK(write(ends[1], "x", 1) == 1);
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	return done();
}
