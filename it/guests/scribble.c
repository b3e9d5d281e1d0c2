/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribble SEED ROUNDS STATUS - a hostile target: it looks for memory that it
 * shares with somebody and writes seeded garbage there, between ordinary calls.
 * What it may do to itself does not matter; whoever reads that memory must
 * survive. Ends with STATUS, or by a signal if it has broken itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HEADER	 4096	     /* bytes of the first page, where positions and states are */
#define MAPPINGS 8
#define TARGETED 192	     /* bytes of a header's beginning with meaning */
#define CURSORS	 448	     /* where ring positions are: hit often */

static struct {
	unsigned char *at;
	size_t size;
} mappings[MAPPINGS];
static int count;
static uint64_t state;

static uint64_t next(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static void find_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && count < MAPPINGS && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || !strstr(line, " rw-s "))
			continue;
		mappings[count].at = (unsigned char *)(uintptr_t)start;
		mappings[count++].size = end - start;
	}
	if (maps)
		fclose(maps);
}

/* A value that somebody might take for a length, a position or a pointer. */
static uint64_t odd(void)
{
	static const uint64_t values[] = {0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
					  0xffffffff, 1ULL << 40, INT64_MAX, UINT64_MAX, UINT64_MAX - 127};

	switch (next() % 3) {
	case 0:
		return values[next() % (sizeof(values) / sizeof(*values))];
	case 1:
		return next();
	default:
		return next() % 100000;
	}
}

static void put(unsigned char *to, uint64_t value, unsigned int size)
{
	memcpy(to, &value, size);
}

static void scribble(uint64_t kind)
{
	int which = (int)(next() % (uint64_t)count);
	unsigned char *at = mappings[which].at;
	size_t size = mappings[which].size, offset = next() % (size - 512), length;

	switch (kind % 6) {
	case 0: /* one word anywhere */
		put(at + (offset & ~7UL), odd(), 8);
		break;
	case 1: /* one field of a header */
		put(at + 8 * (next() % (TARGETED / 8)), odd(), next() % 2 ? 4 : 8);
		break;
	case 2: /* a position */
		put(at + CURSORS + 64 * (next() % 3), odd(), 8);
		break;
	case 3: /* a run of garbage */
		length = next() % 512;
		for (size_t i = 0; i < length; i++)
			at[offset + i] = (unsigned char)next();
		break;
	case 4: /* a word that is there already, changed a little */
		offset &= ~7UL;
		put(at + offset, *(uint64_t *)(void *)(at + offset) ^ 1ULL << next() % 64, 8);
		break;
	default: /* the end of a segment: the ring */
		offset = size - 512 - next() % (size / 4);
		put(at + (offset & ~7UL), odd(), next() % 2 ? 2 : 8);
	}
}

static void ordinary(void)
{
	struct stat status;
	struct timespec nap = {0, 200000};

	stat(next() % 2 ? "/" : "/nonexistent", &status);
	syscall(next() % 2 ? SYS_getppid : SYS_sched_yield);
	syscall((long)(next() % 600 + 1000), 0, 0, 0);
	if (next() % 16 == 0)
		nanosleep(&nap, NULL);
}

/* Garbage may make the program wait for itself with all signals blocked; that is its own affair. */
static void end_in_time(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
	struct itimerspec when = {.it_value = {3, 0}};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &when, NULL) != 0)
		exit(4);
}

int main(int argc, char **argv)
{
	uint64_t rounds, kinds;

	if (argc != 4)
		return 2;
	state = strtoull(argv[1], NULL, 10);
	rounds = strtoull(argv[2], NULL, 10);
	kinds = next(); /* some seeds do a little of everything, some one thing only */
	end_in_time();
	find_mappings();
	if (count == 0)
		return 3;
	for (uint64_t i = 0; i < rounds; i++) {
		ordinary();
		for (uint64_t k = next() % 8; k > 0; k--)
			scribble(kinds % 4 == 0 ? kinds >> 8 : next());
	}
	return atoi(argv[3]);
}
