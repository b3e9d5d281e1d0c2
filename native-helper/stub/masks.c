/* SPDX-License-Identifier: Apache-2.0 */
#include "masks.h"
#include <asm/errno.h>

int ack_mask_apply(int how, uint64_t old, uint64_t set, uint64_t *result)
{
	set &= ~ACK_UNBLOCKABLE;
	switch (how) {
	case 0: /* SIG_BLOCK */
		*result = old | set;
		return 0;
	case 1: /* SIG_UNBLOCK */
		*result = old & ~set;
		return 0;
	case 2: /* SIG_SETMASK */
		*result = set;
		return 0;
	default:
		return -EINVAL;
	}
}
