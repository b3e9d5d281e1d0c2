/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lent.c - a child of vfork or posix_spawn has its parent's memory, and dispositions and a mask of
 * its own. What it sets of SIGSYS is kept here until another child needs the place; the memory is
 * the parent's, who goes on with what it had.
 */
#include "stub.h"

#define PLACES 16 /* a power of two */

ACK_HOT static uint32_t shares; /* memory has been lent */
static struct ack_own lent[PLACES];
static uint32_t next_place;
/* Somebody may share the descriptors of a process in lent memory. */
ACK_HOT static uint32_t shares_descriptors;

void ack_memory_is_lent(void)
{
	ack_pid(); /* whose it is must be known before */
	shares = 1;
}

void ack_descriptors_are_shared(int is_thread)
{
	if (!is_thread || ack_sharer())
		shares_descriptors = 1;
}

int ack_has_own_descriptors(int32_t sharer)
{
	return sharer && !shares_descriptors;
}

int32_t ack_sharer_as(int32_t pid)
{
	return shares && !ack_process.confined && pid != ack_pid() ? pid : 0;
}

int32_t ack_sharer(void)
{
	return shares && !ack_process.confined ? ack_sharer_as((int32_t)sys1(__NR_getpid, 0)) : 0;
}

struct ack_own *ack_own_state(int32_t sharer, int make)
{
	struct ack_own *own;
	int blocked;

	if (!sharer)
		return NULL;
	for (int i = 0; i < PLACES; i++)
		if (lent[i].pid == sharer)
			return &lent[i];
	if (!make)
		return NULL;
	blocked = ack_thread_blocked(sharer);
	own = &lent[__atomic_fetch_add(&next_place, 1, __ATOMIC_RELAXED) & (PLACES - 1)];
	own->pid = 0;
	own->blocked = (uint32_t)blocked;
	own->sigsys = ack_process.sigsys;
	own->pid = sharer;
	return own;
}

struct ack_action *ack_sigsys_of(int32_t sharer, int change)
{
	struct ack_own *own = ack_own_state(sharer, change);

	return own ? &own->sigsys : &ack_process.sigsys;
}
