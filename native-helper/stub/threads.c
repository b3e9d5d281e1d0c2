/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.c - whether a thread has SIGSYS blocked, as it believes. The stub has
 * no thread-local storage: the key is the thread pointer (fs), which is the one
 * thing of a thread that can be read without a call. A thread without an entry
 * is as the image began, so only those that differ take a slot, and give it back.
 */
#include "masks.h"
#include "stub.h"

#define THREADS	    4096 /* that differ at once; a power of two */
#define PROBES	    64
#define ARCH_GET_FS 0x1003
#define GIVEN_BACK  1 /* a slot that was in use */

static uint32_t at_first;	/* 1: blocked when the image began */
static uint64_t slots[THREADS]; /* thread pointer + 2, GIVEN_BACK, or 0: never in use */

uint64_t ack_thread_key(void)
{
	uint64_t base = 0;

	if (ack_process.has_fsgsbase)
		__asm__ volatile("rdfsbase %0" : "=r"(base));
	else if (!ack_process.confined)
		sys3(__NR_arch_prctl, ARCH_GET_FS, address_of(&base), 0);
	return base;
}

static uint64_t *slot_at(uint64_t key, int probe)
{
	uint64_t index = (key * 0x9e3779b97f4a7c15ULL) >> 40;

	return &slots[(index + (uint64_t)probe) & (THREADS - 1)];
}

static uint64_t *find(uint64_t key)
{
	for (int i = 0; i < PROBES; i++) {
		uint64_t *slot = slot_at(key, i), found = __atomic_load_n(slot, __ATOMIC_RELAXED);

		if (found == key)
			return slot;
		if (found == 0)
			return NULL;
	}
	return NULL;
}

static void add(uint64_t key)
{
	for (int i = 0; i < PROBES; i++) {
		uint64_t *slot = slot_at(key, i), found = __atomic_load_n(slot, __ATOMIC_RELAXED);

		if (found <= GIVEN_BACK &&
		    __atomic_compare_exchange_n(slot, &found, key, 0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return;
	}
}

static int blocked_of(uint64_t thread)
{
	return (int)at_first ^ (find(thread + 2) != NULL);
}

static void set(uint64_t thread, int blocked)
{
	uint64_t key = thread + 2, *slot = find(key);

	if (slot && blocked == (int)at_first)
		__atomic_store_n(slot, GIVEN_BACK, __ATOMIC_RELAXED);
	if (!slot && blocked != (int)at_first)
		add(key);
}

int ack_thread_blocked(int32_t sharer)
{
	const struct ack_own *own = ack_own_state(sharer, 0);

	return own ? (int)own->blocked : blocked_of(ack_thread_key());
}

void ack_thread_block(int32_t sharer, int blocked)
{
	struct ack_own *own = ack_own_state(sharer, 1);

	if (own)
		own->blocked = (uint32_t)blocked;
	else
		set(ack_thread_key(), blocked);
}

void ack_thread_inherit(uint64_t tls)
{
	set(tls, ack_thread_blocked(ack_sharer()));
}

void ack_thread_begin(int blocked)
{
	at_first = (uint32_t)blocked;
}
