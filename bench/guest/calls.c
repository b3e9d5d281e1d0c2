/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls COUNT [all|address] - makes COUNT getppid calls and prints the nanoseconds that one took.
 * First it installs a filter of its own, if it is asked to (floor.h).
 *
 * getppid(2) is the cheapest call there is, so what is added to it is seen at its worst. The clock
 * is read through the vDSO; nothing else is called between the two readings.
 */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc >= 2 ? atol(argv[1]) : 0;
	double begun;

	if (count <= 0 || argc > 3 || (argc == 3 && install_floor(argv[2]) < 0)) {
		fprintf(stderr, "usage: calls COUNT [all|address]\n");
		return 2;
	}
	begun = now();
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	printf("%.1f\n", (now() - begun) / (double)count);
	return 0;
}
