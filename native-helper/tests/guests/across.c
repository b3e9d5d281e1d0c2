/* SPDX-License-Identifier: Apache-2.0 */
/*
 * across - from 64 to 32 bits and back. `across WAY:PROGRAM...`: says what it inherited, then has
 * the first PROGRAM executed in that WAY, with the rest as its arguments. The first of all (no
 * ACROSS in its environment) sets what the others must find: mask, pending and ignored signals.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *program;
static char **arguments;

static void say_ignored(void)
{
	struct sigaction action;

	for (int number = 1; number < 32; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf(" %s%d", action.sa_handler == SIG_IGN ? "ignored " : "handled ",
			       number);
}

static void say_set(const char *what, const sigset_t *set)
{
	for (int number = 1; number < 32; number++)
		if (sigismember(set, number) == 1)
			printf(" %s %d", what, number);
}

static void say(int argc)
{
	char comm[64] = "", exe[4096] = "";
	sigset_t set;
	ssize_t n;
	int fd = open("/proc/self/comm", O_RDONLY);

	n = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	comm[n > 0 ? n - 1 : 0] = '\0';
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	printf("%d bits, %d arguments, comm %s, exe %s:", (int)sizeof(void *) * 8, argc, comm,
	       strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe);
	say_ignored();
	sigprocmask(SIG_BLOCK, NULL, &set);
	say_set("blocked", &set);
	sigpending(&set);
	say_set("pending", &set);
	for (fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" open %d", fd);
	printf("\n");
	fflush(stdout);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void set_state(const char *way)
{
	sigset_t set;

	if (getenv("ACROSS"))
		return;
	setenv("ACROSS", "yes", 1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR2);
	signal(SIGPIPE, SIG_IGN);
	if (strncmp(way, "spawn", 5) == 0)
		kill(getpid(), SIGSYS);
	else if (strncmp(way, "thread", 6) != 0) /* only for one thread can the stub ignore it */
		signal(SIGSYS, SIG_IGN);
	signal(SIGALRM, on_signal);
	if (dup2(1, 9) < 0)
		abort();
}

static int wait_for(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void *execute(void *unused)
{
	(void)unused;
	execv(program, arguments);
	printf("%s: %s\n", program, strerror(errno));
	exit(99);
}

static int in_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, execute, NULL) != 0)
		abort();
	pthread_join(thread, NULL);
	return 99;
}

static int spawned(void)
{
	pid_t pid;
	int error = posix_spawn(&pid, program, NULL, NULL, arguments, environ);

	if (error) {
		printf("posix_spawn %s: %s\n", program, strerror(error));
		return 99;
	}
	return wait_for(pid);
}

static int vforked(void)
{
	volatile int error = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, arguments, environ);
		error = errno;
		_exit(99);
	}
	if (error) /* the memory was shared */
		printf("vfork %s: %s\n", program, strerror(error));
	return wait_for(pid);
}

static int forked(void)
{
	pid_t pid = fork();

	if (pid == 0)
		execute(NULL);
	return wait_for(pid);
}

static int by_descriptor(void)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);

	fexecve(fd, arguments, environ);
	printf("fexecve %s: %s\n", program, strerror(errno));
	return 99;
}

/* As a daemon does that wants to inherit nothing. */
static void close_all(void)
{
	for (int fd = 3; fd < 4096; fd++)
		close(fd);
	for (int fd = 1000; fd < 1032; fd++) {
		if (dup2(1, fd) == fd)
			close(fd);
		if (dup3(1, fd, O_CLOEXEC) == fd)
			close(fd);
	}
	if (syscall(SYS_close_range, 3U, ~0U, 0) < 0 && errno != ENOSYS)
		abort();
	syscall(SYS_close_range, 1018U, 1030U, 0);
}

int main(int argc, char **argv)
{
	char *way = argc > 1 ? strdup(argv[1]) : NULL;

	say(argc);
	if (!way)
		return 7;
	set_state(way);
	program = strchr(way, ':');
	if (!program)
		return 98;
	*program++ = '\0';
	arguments = argv + 1;
	arguments[0] = program;
	if (strcmp(way, "thread") == 0)
		return in_thread();
	if (strcmp(way, "spawn") == 0)
		return spawned();
	if (strcmp(way, "vfork") == 0)
		return vforked();
	if (strcmp(way, "fork") == 0)
		return forked();
	if (strcmp(way, "descriptor") == 0)
		return by_descriptor();
	if (strcmp(way, "closed") == 0)
		close_all();
	execute(NULL);
	return 99;
}
