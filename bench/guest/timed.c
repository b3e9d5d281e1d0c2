/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timed FILE bare|all|address COMMAND [ARGUMENT...] - runs the command, bare or under one of the
 * filters of floor.h, and writes to FILE how many nanoseconds it took, and how many of them it and
 * its children had a CPU.
 *
 * Run as the target, it leaves the start of the tracer and of the JVM out of the figure, and
 * nothing of the target.
 */
#include "floor.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double cpu(const struct rusage *use)
{
	return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) * 1e9 +
	       (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) * 1e3;
}

int main(int argc, char **argv)
{
	double begun, ended;
	struct rusage use;
	FILE *out;
	pid_t child;
	int status;

	if (argc < 4 || (strcmp(argv[2], "bare") != 0 && install_floor(argv[2]) < 0)) {
		fprintf(stderr, "usage: timed FILE bare|all|address COMMAND [ARGUMENT...]\n");
		return 2;
	}
	begun = now();
	child = vfork();
	if (child == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &use) != child) {
		fprintf(stderr, "timed: cannot run %s: %s\n", argv[3], strerror(errno));
		return 125;
	}
	ended = now();
	out = fopen(argv[1], "w");
	if (!out || fprintf(out, "%.0f %.0f\n", ended - begun, cpu(&use)) < 0 || fclose(out) != 0) {
		fprintf(stderr, "timed: cannot write %s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
