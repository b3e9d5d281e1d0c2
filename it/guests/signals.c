/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals blocked|eintr|restart|stops|storm - programs that mind how a signal
 * and a system call meet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t seen;

static void count(int signal)
{
	(void)signal;
	seen = seen + 1;
}

static void handle(int signal, int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = count;
	action.sa_flags = flags;
	sigfillset(&action.sa_mask);
	sigaction(signal, &action, NULL);
}

static void every(long microseconds)
{
	struct itimerval timer = {{0, microseconds}, {0, microseconds}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* All signals blocked, also in a thread; what is pending arrives when it is let in. */
static void *blocked_thread(void *argument)
{
	sigset_t all, pending;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_kill(pthread_self(), SIGUSR2);
	sigpending(&pending);
	printf("thread: pending %d seen %d\n", sigismember(&pending, SIGUSR2), (int)seen);
	pthread_sigmask(SIG_UNBLOCK, &all, NULL);
	printf("thread: seen %d\n", (int)seen);
	return argument;
}

static void blocked(void)
{
	struct timespec no_time = {0, 0};
	sigset_t all, none, pending;
	pthread_t id;
	int taken;

	handle(SIGUSR1, 0);
	handle(SIGUSR2, SA_RESTART);
	sigfillset(&all);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &all, NULL);
	raise(SIGUSR1);
	kill(getpid(), SIGSYS);
	sigpending(&pending);
	printf("pending %d %d seen %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGSYS), (int)seen);
	sigemptyset(&pending);
	sigaddset(&pending, SIGSYS);
	taken = sigtimedwait(&pending, NULL, &no_time);
	printf("taken %s\n", taken == SIGSYS ? "SIGSYS" : strerror(errno));
	sigprocmask(SIG_SETMASK, &none, NULL);
	printf("seen %d\n", (int)seen);
	pthread_create(&id, NULL, blocked_thread, NULL);
	pthread_join(id, NULL);
}

/* Without SA_RESTART: a pipe read, a sleep and an empty wait are interrupted. Never getppid. */
static void eintr(void)
{
	struct timespec long_time = {5, 0}, rest;
	int ends[2], wrong = 0, status;
	char byte;
	pid_t child;

	handle(SIGALRM, 0);
	if (pipe(ends) != 0)
		exit(1);
	every(30000);
	printf("read: %s\n", read(ends[0], &byte, 1) < 0 ? strerror(errno) : "read");
	printf("nanosleep: %s\n", nanosleep(&long_time, &rest) < 0 ? strerror(errno) : "slept");
	printf("rest: %s\n", rest.tv_sec == 4 ? "known" : "wrong");
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	printf("waitpid: %s\n", waitpid(child, &status, 0) < 0 ? strerror(errno) : "ended");
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	every(500);
	for (int i = 0; i < 20000; i++)
		if (syscall(SYS_getppid) < 0)
			wrong++;
	every(0);
	printf("getppid: %d interrupted, alarms %s\n", wrong, seen > 3 ? "came" : "did not come");
}

/* With SA_RESTART: the same read goes on after twenty alarms; nanosleep does not. */
static void restart(void)
{
	struct timespec pause_time = {0, 200000000}, before, after;
	int ends[2], status;
	char byte = 0;
	long slept;
	pid_t child;

	handle(SIGALRM, SA_RESTART);
	if (pipe(ends) != 0)
		exit(1);
	child = fork();
	if (child == 0) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause_time, NULL);
		_exit(write(ends[1], "r", 1) == 1 ? 5 : 6);
	}
	every(7000);
	printf("read %zd", read(ends[0], &byte, 1));
	printf(" '%c'\n", byte);
	printf("waited %d", waitpid(child, &status, 0) == child);
	every(0);
	printf(" status %d, alarms %s\n", WEXITSTATUS(status), seen > 3 ? "came" : "did not come");
	/* A stop and SIGCONT in mid-sleep go through restart_syscall. */
	clock_gettime(CLOCK_MONOTONIC, &before);
	child = fork();
	if (child == 0) {
		nanosleep(&pause_time, NULL);
		kill(getppid(), SIGSTOP);
		nanosleep(&pause_time, NULL);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	pause_time.tv_nsec = 300000000;
	nanosleep(&pause_time, NULL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	slept = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	waitpid(child, &status, 0);
	printf("slept %s\n", slept >= 299 ? "enough" : "too short");
}

static int wait_for(pid_t child, const char *what)
{
	int status = 0;

	if (waitpid(child, &status, WUNTRACED | WCONTINUED) != child)
		exit(3);
	printf("%s: %s\n", what,
	       WIFSTOPPED(status)	? strsignal(WSTOPSIG(status))
	       : WIFCONTINUED(status) ? "continued"
	       : WIFSIGNALED(status)	? strsignal(WTERMSIG(status))
					: "exited");
	fflush(stdout);
	return status;
}

/* A shell's view: children that stop, go on, stop again and are killed while stopped. */
static void stops(void)
{
	const int kinds[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	pid_t child = fork();

	if (child == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	/* A group of its own that is not orphaned: its parent is in this session. */
	setpgid(child, child);
	for (int i = 0; i < 4; i++) {
		kill(-child, kinds[i]);
		wait_for(child, "sent a stop");
		kill(-child, SIGCONT);
		wait_for(child, "sent SIGCONT");
	}
	kill(child, SIGSTOP);
	wait_for(child, "stopped once more");
	kill(child, SIGKILL);
	wait_for(child, "killed");
}

static void on_queue(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	seen = seen + (info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
}

/* Ten thousand queued signals with a value: none is lost, none is changed. */
static void storm(void)
{
	struct sigaction action;
	union sigval one = {.sival_int = 1};

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_queue;
	action.sa_flags = SA_SIGINFO | SA_RESTART;
	sigaction(SIGRTMIN + 3, &action, NULL);
	for (int i = 0; i < 10000; i++)
		while (sigqueue(getpid(), SIGRTMIN + 3, one) != 0)
			continue;
	printf("seen %d\n", (int)seen);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 4096);
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "blocked") == 0)
		blocked();
	else if (strcmp(argv[1], "eintr") == 0)
		eintr();
	else if (strcmp(argv[1], "restart") == 0)
		restart();
	else if (strcmp(argv[1], "stops") == 0)
		stops();
	else
		storm();
	return 0;
}
