/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread-ends exec|leader|group|both - what happens to the other threads when
 * one executes, when the leader goes first, when one calls exit_group, when two
 * execute at once.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char *self;
static pthread_barrier_t together;

static void nap(long milliseconds)
{
	struct timespec pause = {0, milliseconds * 1000000};

	nanosleep(&pause, NULL);
}

static void *sleeps(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void *executes(void *argument)
{
	if (argument != NULL)
		pthread_barrier_wait(&together);
	execl(self, self, "after", (char *)NULL);
	return argument;
}

static void *ends_the_group(void *argument)
{
	(void)argument;
	nap(20);
	exit(17);
}

static void *outlives_the_leader(void *argument)
{
	nap(50);
	printf("the leader is gone\n");
	fflush(stdout);
	_exit(18);
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t id;

	self = argv[0];
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "after") == 0) {
		printf("leader %s\n", getpid() == syscall(SYS_gettid) ? "again" : "not");
		return 16;
	}
	for (int i = 0; i < 5; i++)
		pthread_create(&id, NULL, sleeps, NULL);
	if (strcmp(argv[1], "exec") == 0) {
		pthread_create(&id, NULL, executes, NULL);
	} else if (strcmp(argv[1], "both") == 0) {
		pthread_barrier_init(&together, NULL, 2);
		pthread_create(&id, NULL, executes, &together);
		pthread_create(&id, NULL, executes, &together);
	} else if (strcmp(argv[1], "group") == 0) {
		pthread_create(&id, NULL, ends_the_group, NULL);
	} else {
		pthread_create(&id, NULL, outlives_the_leader, NULL);
		pthread_exit(NULL);
	}
	for (;;)
		pause();
}
