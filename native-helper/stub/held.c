/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held.c - descriptors that the target has no number for: beside those that the
 * stub needs for an execution, one of an executable that no name leads to (a
 * memfd, or a file that was removed before), for as long as it runs.
 */
#include "stub.h"
#include <linux/fcntl.h>

#define OWN_DESCRIPTORS 4 /* image, interpreter, what looks for them; or the one that stays */

int ack_descriptors_begin(struct rlimit64 *limit)
{
	uint64_t need = (uint64_t)ack_process.base + ACK_FDS;
	struct rlimit64 wide;

	if (ack_process.confined ||
	    sys4(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, address_of(limit)) < 0)
		return -1;
	wide = *limit;
	wide.rlim_cur = (limit->rlim_cur > need ? limit->rlim_cur : need) + OWN_DESCRIPTORS;
	if (wide.rlim_max < wide.rlim_cur)
		wide.rlim_max = wide.rlim_cur;
	return sys4(__NR_prlimit64, 0, RLIMIT_NOFILE, address_of(&wide), 0) < 0 ? -1 : 0;
}

void ack_descriptors_end(const struct rlimit64 *limit)
{
	sys4(__NR_prlimit64, 0, RLIMIT_NOFILE, address_of(limit), 0);
}

/* A number behind those of the stub, where the target has none. */
void ack_hold_image(int image)
{
	uint64_t from = (uint64_t)ack_process.base + ACK_FDS;
	struct rlimit64 limit;
	long number = sys3(__NR_fcntl, (uint64_t)image, F_DUPFD_CLOEXEC, from);

	if (number < 0 && ack_descriptors_begin(&limit) == 0) {
		number = sys3(__NR_fcntl, (uint64_t)image, F_DUPFD_CLOEXEC, from);
		ack_descriptors_end(&limit);
	}
	if (number < 0)
		return;
	ack_name_descriptor(ack_process.held_path, (uint32_t)number);
	ack_process.held = (uint32_t)number;
}

const char *ack_exe_path(void)
{
	return ack_process.held ? ack_process.held_path : ack_process.exe;
}
