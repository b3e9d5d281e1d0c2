/* SPDX-License-Identifier: Apache-2.0 */
/*
 * locked.c - mlockall where the target may lock no more than a little memory
 * (RLIMIT_MEMLOCK). The kernel counts all that is mapped, and what the stub maps
 * is more than such a limit. So only the target's own is counted, and locked
 * mapping by mapping.
 */
#include "stub.h"
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>

#define READ_ONLY 02000000 /* O_RDONLY | O_CLOEXEC */
#define MAPS_PART 1024	   /* bytes read at once */

typedef void use_mapping(uint64_t start, uint64_t size, uint64_t *what);

struct reader {
	uint64_t bounds[2];
	int bound; /* 0, 1: a digit belongs to it; 2: the rest of a line */
};

static void take(struct reader *reader, char c, use_mapping *use, uint64_t *what)
{
	uint64_t *bounds = reader->bounds;

	if (reader->bound < 2 && c != '-' && c != ' ') {
		bounds[reader->bound] =
			bounds[reader->bound] << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
		return;
	}
	if (reader->bound < 2 && ++reader->bound == 2 && !ack_meets_stub(bounds[0], bounds[1]))
		use(bounds[0], bounds[1] - bounds[0], what);
	if (c == '\n')
		*reader = (struct reader){0};
}

/* Every mapping but the stub's; the text is that of /proc/PID/maps. Returns 0 or -errno. */
static long for_each(use_mapping *use, uint64_t *what)
{
	struct reader reader = {0};
	char text[MAPS_PART];
	long n, maps;

	maps = sys4(__NR_openat, (uint64_t)AT_FDCWD, address_of("/proc/self/maps"), READ_ONLY, 0);
	if (maps < 0)
		return maps;
	while ((n = sys3(__NR_read, (uint64_t)maps, address_of(text), sizeof(text))) > 0)
		for (long i = 0; i < n; i++)
			take(&reader, text[i], use, what);
	sys1(__NR_close, (uint64_t)maps);
	return n;
}

static void add(uint64_t start, uint64_t size, uint64_t *sum)
{
	(void)start;
	*sum += size;
}

/* What cannot be read at all is locked and not there, as after mlockall. */
static void lock(uint64_t start, uint64_t size, uint64_t *on_fault)
{
	if (*on_fault)
		sys3(__NR_mlock2, start, size, MLOCK_ONFAULT);
	else
		sys3(__NR_mlock, start, size, 0);
}

static long lock_own(uint64_t flags)
{
	uint64_t sum = 0, on_fault = flags & MCL_ONFAULT;
	struct rlimit64 limit;
	long result = sys4(__NR_prlimit64, 0, RLIMIT_MEMLOCK, 0, address_of(&limit));

	if (result == 0)
		result = for_each(add, &sum);
	if (result < 0 || sum > limit.rlim_cur)
		return -ENOMEM;
	if (flags & MCL_FUTURE)
		result = sys1(__NR_mlockall, flags & ~(uint64_t)MCL_CURRENT);
	else
		result = sys1(__NR_munlockall, 0); /* what comes is not locked any more */
	return result < 0 ? result : for_each(lock, &on_fault);
}

enum ack_way ack_mlockall(struct ack_call *call)
{
	uint64_t flags = (uint32_t)call->arguments[0];
	long result;

	if (ack_process.confined || !(flags & MCL_CURRENT))
		return ACK_RUN;
	result = sys1(__NR_mlockall, flags);
	return ack_answer(call, result == -ENOMEM ? lock_own(flags) : result);
}
