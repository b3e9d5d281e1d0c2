/* SPDX-License-Identifier: Apache-2.0 */
/*
 * busy MILLISECONDS - for that long: threads that open files, children that execute
 * `busy 0`, signals among them. Something to kill, or to attach to. Writes "ready\n"
 * when it began and "over\n" when it ends by itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int done;

static void *opens(void *argument)
{
	while (!atomic_load(&done)) {
		int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
		char text[64];

		if (fd >= 0 && read(fd, text, sizeof(text)) >= 0)
			close(fd);
		usleep(200);
	}
	return argument;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	long left = argc > 1 ? atol(argv[1]) : 0;
	pthread_t ids[3];
	long end;

	if (left <= 0)
		return 0;
	end = milliseconds() + left;
	signal(SIGUSR1, SIG_IGN);
	for (int i = 0; i < 3; i++)
		pthread_create(&ids[i], NULL, opens, NULL);
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (milliseconds() < end) {
		pid_t child = fork();

		if (child == 0) {
			execl(argv[0], argv[0], "0", (char *)NULL);
			_exit(1);
		}
		kill(getpid(), SIGUSR1);
		waitpid(child, NULL, 0);
	}
	atomic_store(&done, 1);
	for (int i = 0; i < 3; i++)
		pthread_join(ids[i], NULL);
	return write(1, "over\n", 5) == 5 ? 0 : 1;
}
