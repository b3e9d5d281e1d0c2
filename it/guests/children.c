/* SPDX-License-Identifier: Apache-2.0 */
/*
 * children vfork|spawn|clone3|clone-vm|untraced|thread-fork - the ways to make a child,
 * each child executing `children exit N`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *self;

static int execute(const char *code)
{
	execl(self, self, "exit", code, (char *)NULL);
	return 99;
}

static void reap(const char *what, pid_t child)
{
	int status = 0;

	if (waitpid(child, &status, __WALL) != child) {
		printf("%s: not waited for: %s\n", what, strerror(errno));
		exit(1);
	}
	printf("%s: %d\n", what, WEXITSTATUS(status));
	fflush(stdout);
}

static int in_clone(void *argument)
{
	return execute(argument);
}

static void *forks(void *argument)
{
	pid_t child = fork();

	if (child == 0)
		_exit(execute("16"));
	reap("fork in a thread", child);
	return argument;
}

static void with_vfork(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t child = vfork();

		if (child == 0) {
			execute("11");
			_exit(99);
		}
		reap("vfork", child);
	}
}

static void with_spawn(void)
{
	char *arguments[] = {self, "exit", "12", NULL};
	char *missing[] = {"/nonexistent/program", NULL};
	posix_spawnattr_t attributes;
	sigset_t all;
	pid_t child;

	posix_spawnattr_init(&attributes);
	sigfillset(&all);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	if (posix_spawn(&child, self, NULL, &attributes, arguments, environ) != 0)
		exit(2);
	reap("posix_spawn", child);
	printf("posix_spawn of nothing: %s\n", strerror(posix_spawn(&child, missing[0], NULL, NULL, missing, environ)));
}

static void with_clone3(void)
{
	struct clone_args arguments;
	int pidfd = -1;
	long child;

	memset(&arguments, 0, sizeof(arguments));
	arguments.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
	arguments.pidfd = (unsigned long)&pidfd;
	arguments.exit_signal = SIGCHLD;
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0)
		_exit(execute("13"));
	printf("pidfd %s\n", pidfd >= 0 ? "given" : "missing");
	reap("clone3", (pid_t)child);
}

static void with_clone_vm(void)
{
	char *stack = malloc(65536);

	if (stack == NULL)
		exit(3);
	reap("clone VM|VFORK", clone(in_clone, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, "14"));
	reap("clone without a signal", clone(in_clone, stack + 65536, CLONE_VM | CLONE_VFORK, "15"));
}

static void untraced(void)
{
	long child = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, 0);

	if (child == 0)
		_exit(execute("17"));
	reap("clone UNTRACED", (pid_t)child);
}

int main(int argc, char **argv)
{
	pthread_t id;

	self = argv[0];
	if (argc == 3 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "vfork") == 0)
		with_vfork();
	else if (strcmp(argv[1], "spawn") == 0)
		with_spawn();
	else if (strcmp(argv[1], "clone3") == 0)
		with_clone3();
	else if (strcmp(argv[1], "clone-vm") == 0)
		with_clone_vm();
	else if (strcmp(argv[1], "untraced") == 0)
		untraced();
	else if (pthread_create(&id, NULL, forks, NULL) == 0)
		pthread_join(id, NULL);
	return 0;
}
