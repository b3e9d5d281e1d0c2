/* SPDX-License-Identifier: Apache-2.0 */
/*
 * many threads N | many forks N | many execs N - how many; prints how many ended well.
 * Of N threads or children, number i makes one call of its own out of a short list, so
 * that one lost task is seen.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const long rare[] = {SYS_getpgid, SYS_getsid, SYS_getpriority, SYS_sched_getscheduler,
			    SYS_sched_get_priority_max, SYS_times, SYS_getresuid, SYS_getresgid};

#define RARE (sizeof(rare) / sizeof(rare[0]))

static pthread_barrier_t all_are_there;

static void call_a_rare_one(long i)
{
	long words[16];

	syscall(rare[(size_t)i % RARE], i % 4 == 2 && (size_t)i % RARE == 2 ? PRIO_PROCESS : 0, words, words + 5, words + 10);
}

static void *thread(void *argument)
{
	pthread_barrier_wait(&all_are_there);
	call_a_rare_one((long)argument);
	return argument;
}

static int threads(long n)
{
	pthread_t *ids = calloc((size_t)n, sizeof(*ids));
	pthread_attr_t small;
	void *result;
	int good = 0;

	if (ids == NULL)
		return -1;
	pthread_barrier_init(&all_are_there, NULL, (unsigned int)n);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (long i = 0; i < n; i++)
		if (pthread_create(&ids[i], &small, thread, (void *)i) != 0)
			return -1;
	for (long i = 0; i < n; i++)
		good += pthread_join(ids[i], &result) == 0 && result == (void *)i;
	free(ids);
	return good;
}

static int forks(long n, char *execute)
{
	int status, good = 0;

	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0) {
			call_a_rare_one(i);
			if (execute != NULL)
				execl(execute, execute, (char *)NULL);
			_exit((int)(i % 100));
		}
		if (waitpid(child, &status, 0) == child && WIFEXITED(status))
			good += WEXITSTATUS(status) == (execute == NULL ? (int)(i % 100) : 2);
	}
	return good;
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[2]) : 0;

	if (n <= 0)
		return 2;
	if (strcmp(argv[1], "threads") == 0)
		printf("%d threads\n", threads(n));
	else
		printf("%d children\n", forks(n, strcmp(argv[1], "execs") == 0 ? argv[0] : NULL));
	return 0;
}
