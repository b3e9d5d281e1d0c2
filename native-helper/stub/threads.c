/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.c - whether a thread has SIGSYS blocked, as it believes. The stub has
 * no thread-local storage: the key is the thread pointer (fs), which is the one
 * thing of a thread that can be read without a call. A thread without an entry
 * has SIGSYS unblocked, so only those that block it take a slot.
 */
#include "masks.h"
#include "stub.h"

#define THREADS	    1024 /* a power of two */
#define PROBES	    64
#define ARCH_GET_FS 0x1003

struct slot {
	uint64_t key; /* thread pointer + 1, 0: free; never freed */
	uint32_t blocked;
	uint32_t unused;
};

static struct slot slots[THREADS];

uint64_t ack_thread_key(void)
{
	uint64_t base = 0;

	if (ack_process.has_fsgsbase)
		__asm__ volatile("rdfsbase %0" : "=r"(base));
	else if (!ack_process.confined)
		sys3(__NR_arch_prctl, ARCH_GET_FS, address_of(&base), 0);
	return base;
}

static struct slot *slot_for(uint64_t thread, int make)
{
	uint64_t key = thread + 1, index = (key * 0x9e3779b97f4a7c15ULL) >> 40;

	for (int i = 0; i < PROBES; i++, index++) {
		struct slot *slot = &slots[index & (THREADS - 1)];
		uint64_t found = __atomic_load_n(&slot->key, __ATOMIC_RELAXED);

		if (found == 0 && !make)
			return NULL;
		if (found == 0)
			__atomic_compare_exchange_n(&slot->key, &found, key, 0, __ATOMIC_RELAXED,
						    __ATOMIC_RELAXED);
		if (__atomic_load_n(&slot->key, __ATOMIC_RELAXED) == key)
			return slot;
	}
	return NULL;
}

static int blocked_of(uint64_t thread)
{
	struct slot *slot = slot_for(thread, 0);

	return slot && slot->blocked;
}

static void set(uint64_t thread, int blocked)
{
	struct slot *slot = slot_for(thread, blocked);

	if (slot)
		slot->blocked = (uint32_t)blocked;
}

int ack_thread_blocked(void)
{
	return blocked_of(ack_thread_key());
}

void ack_thread_block(int blocked)
{
	set(ack_thread_key(), blocked);
}

void ack_thread_inherit(uint64_t tls)
{
	set(tls, ack_thread_blocked());
}
