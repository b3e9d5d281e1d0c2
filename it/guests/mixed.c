/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mixed - a little of everything, to be built in many ways (dynamic, static,
 * static-pie, musl, 32 bits): files, pipes, sockets, threads, fork, exec, timers.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms = alarms + 1;
}

static void *thread(void *argument)
{
	int *ends = argument;

	if (write(ends[1], "t", 1) != 1)
		abort();
	return argument;
}

static void files(void)
{
	struct stat facts;
	char text[16];
	int fd = open("mixed.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, "sixteen bytes...", 16) != 16 || fstat(fd, &facts) != 0)
		exit(10);
	if (pread(fd, text, 7, 8) != 7 || lseek(fd, 0, SEEK_END) != 16 || ftruncate(fd, 4) != 0)
		exit(11);
	close(fd);
	printf("file %ld %.7s\n", (long)facts.st_size, text);
	if (rename("mixed.txt", "mixed.old") != 0 || unlink("mixed.old") != 0)
		exit(12);
}

static void threads(void)
{
	pthread_t ids[4];
	int ends[2];
	char text[4];

	if (pipe(ends) != 0)
		exit(20);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&ids[i], NULL, thread, ends) != 0)
			exit(21);
	for (int i = 0; i < 4; i++)
		pthread_join(ids[i], NULL);
	printf("threads %zd\n", read(ends[0], text, sizeof(text)));
}

static void sockets(void)
{
	int pair[2];
	char text[8] = "";

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		exit(30);
	if (send(pair[0], "socket", 6, 0) != 6 || recv(pair[1], text, sizeof(text), 0) != 6)
		exit(31);
	printf("socket %s\n", text);
}

static void timers(void)
{
	struct sigaction action;
	struct itimerval soon = {{0, 0}, {0, 20000}};
	sigset_t blocked, former;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, &former);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (alarms == 0)
		sigsuspend(&former);
	printf("alarms %d\n", (int)alarms);
}

static void children(char *self)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl(self, self, "child", (char *)NULL);
		_exit(99);
	}
	if (waitpid(child, &status, 0) != child)
		exit(40);
	printf("child %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	void *memory;

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return 42;
	setvbuf(stdout, NULL, _IOLBF, 0);
	files();
	threads();
	sockets();
	timers();
	memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, 4096, PROT_READ) != 0 || munmap(memory, 1 << 20) != 0)
		return 50;
	fflush(stdout);
	children(argv[0]);
	return 3;
}
