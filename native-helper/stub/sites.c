/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sites.c - one thunk for each call site. The table is insert-only: a slot's
 * key is at once the literal through which its thunk jumps back, so a slot is
 * complete as soon as its key is there.
 */
#include "stub.h"

#define PROBES 128
#define THUNK  8 /* bytes: syscall, jmp *literal */

static uint64_t hash_of(uint64_t site)
{
	return (site * 0x9e3779b97f4a7c15ULL) >> 32;
}

static long find(uint64_t *table, uint64_t size, uint64_t site)
{
	uint64_t index = hash_of(site);

	for (int i = 0; i < PROBES; i++, index++) {
		uint64_t *slot = &table[index & (size - 1)], found;

		found = __atomic_load_n(slot, __ATOMIC_RELAXED);
		if (found == site)
			return (long)(index & (size - 1));
		if (found == 0 && __atomic_compare_exchange_n(slot, &found, site, 0,
							      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return (long)(index & (size - 1));
		if (found == site)
			return (long)(index & (size - 1));
	}
	return -1;
}

uint64_t ack_thunk_for(uint64_t site, int int80)
{
	long index = int80 ? find(ack_sites_int80, ACK_SITES_INT80, site)
			   : find(ack_sites, ACK_SITES, site);

	if (index < 0)
		return 0;
	return address_of(int80 ? ack_thunks_int80 : ack_thunks) + THUNK * (uint64_t)index;
}

uint64_t ack_site_of(uint64_t address, int *started)
{
	uint64_t first = address_of(ack_thunks), first80 = address_of(ack_thunks_int80);

	*started = address % THUNK != 0;
	if (address - first < THUNK * ACK_SITES)
		return ack_sites[(address - first) / THUNK];
	if (address - first80 < THUNK * ACK_SITES_INT80)
		return ack_sites_int80[(address - first80) / THUNK];
	return 0;
}
