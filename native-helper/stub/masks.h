/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masks.h - signal masks as the target sees them, and as the kernel may have
 * them. A forced SIGSYS that is blocked kills, so the kernel never gets its bit;
 * the target reads back the bit that it set. Pure.
 */
#ifndef ACKTRACE_STUB_MASKS_H
#define ACKTRACE_STUB_MASKS_H

#include "layout.h"
#include <stdint.h>

#define ACK_SIGSYS_BIT (1ULL << (ACK_SIGSYS - 1))

/* SIGKILL and SIGSTOP: never in a mask. */
#define ACK_UNBLOCKABLE ((1ULL << 8) | (1ULL << 18))

/* The mask after rt_sigprocmask(how, set): returns 0, or -EINVAL for an unknown `how`. */
int ack_mask_apply(int how, uint64_t old, uint64_t set, uint64_t *result);

/* What the kernel may have of a mask. */
static inline uint64_t ack_mask_for_kernel(uint64_t mask)
{
	return mask & ~ACK_SIGSYS_BIT;
}

/* What the target sees, given the kernel's mask and whether the target blocked SIGSYS. */
static inline uint64_t ack_mask_for_target(uint64_t mask, int blocked)
{
	return (mask & ~ACK_SIGSYS_BIT) | (blocked ? ACK_SIGSYS_BIT : 0);
}

#endif
