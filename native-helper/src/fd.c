/* SPDX-License-Identifier: Apache-2.0 */
/* fd.c - where our descriptors live. */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Where our own numbers begin. Above those that programs and scripts choose by hand, and below 64:
 * a table of descriptors has 64 places at first, grows with the highest number, and a child gets
 * one as large. select(2) shows its size, and so does FDSize in /proc/PID/status.
 */
#define HIGH   40
#define PLACES 64

static int lowest_of_ours(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < PLACES ? 3 : HIGH;
}

int fd_high(int fd)
{
	int high, error;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, lowest_of_ours());
	if (high < 0)
		high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	error = errno;
	close(fd);
	errno = error;
	return high;
}

int fd_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	ends[0] = fd_high(ends[0]);
	ends[1] = fd_high(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	fd_drop(&ends[0]);
	fd_drop(&ends[1]);
	return -1;
}

void fd_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_between(unsigned first, unsigned last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < 65536; fd++) /* before Linux 5.9 */
		close((int)fd);
}

void fd_close_others(const int *keep, int count, unsigned from)
{
	for (;;) {
		unsigned next = UINT_MAX;

		for (int i = 0; i < count; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == UINT_MAX)
			break;
		if (next > from)
			close_between(from, next - 1);
		from = next + 1;
	}
	close_between(from, INT_MAX);
}
