/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rare-calls - makes one call that no libc makes by itself at each moment at which a
 * recorder may look away: before main, in main, in a thread, in a vfork child, in a
 * signal handler, after an exec, at exit.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((constructor)) static void before_main(void)
{
	syscall(SYS_getpgid, 0);
}

static void at_exit(void)
{
	syscall(SYS_getsid, 0);
}

static void in_handler(int signal)
{
	(void)signal;
	syscall(SYS_sched_getscheduler, 0);
}

static void *in_thread(void *argument)
{
	syscall(SYS_sched_get_priority_max, 1);
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t id;
	pid_t child;

	if (argc > 1) {
		syscall(SYS_times, NULL);
		return 0;
	}
	atexit(at_exit);
	syscall(SYS_getpriority, 0, 0);
	signal(SIGUSR1, in_handler);
	raise(SIGUSR1);
	pthread_create(&id, NULL, in_thread, NULL);
	pthread_join(id, NULL);
	child = vfork();
	if (child == 0) {
		syscall(SYS_sched_get_priority_min, 1);
		execl(argv[0], argv[0], "executed", (char *)NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	return 0;
}
