/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sites.c - one thunk for each call site. The table is insert-only: a slot's
 * key is at once the literal through which its thunk jumps back, so a slot is
 * complete as soon as its key is there.
 */
#include "stub.h"

#define PROBES 24
#define THUNK  8 /* bytes: syscall, jmp *literal */

static uint64_t hash_of(uint64_t site)
{
	return (site * 0x9e3779b97f4a7c15ULL) >> 32;
}

/* Looks in the slots [first, first + size) of a table. */
static long find_in(uint64_t *table, uint64_t first, uint64_t size, uint64_t site)
{
	uint64_t index = hash_of(site);

	for (int i = 0; i < PROBES; i++, index++) {
		uint64_t at = first + (index & (size - 1)), found;

		found = __atomic_load_n(&table[at], __ATOMIC_RELAXED);
		if (found == 0)
			__atomic_compare_exchange_n(&table[at], &found, site, 0, __ATOMIC_RELAXED,
						    __ATOMIC_RELAXED);
		if (found == site || found == 0)
			return (long)at;
	}
	return -1;
}

/* The table fills from its first page on, each part twice as large as all before it: a small
 * program touches one page of keys and one of thunks, however its sites are spread. */
static long find(uint64_t *table, uint64_t size, uint64_t site)
{
	uint64_t first = 0, part = size < ACK_FIRST_SITES ? size : ACK_FIRST_SITES;

	while (first < size) {
		long at = find_in(table, first, part, site);

		if (at >= 0)
			return at;
		first += part;
		part = first;
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

uint32_t ack_site_index(uint64_t site)
{
	long index = find(ack_sites, ACK_SITES, site);

	return index < 0 ? ACK_SITES : (uint32_t)index;
}

uint64_t ack_site_of(uint64_t address, int *started)
{
	uint64_t first = address_of(ack_thunks), first80 = address_of(ack_thunks_int80);

	*started = address % THUNK != 0;
	if (address - first < THUNK * ACK_SITES)
		return ack_sites[(address - first) / THUNK];
	if (address - first80 < THUNK * ACK_SITES_INT80)
		return ack_sites_int80[(address - first80) / THUNK];
	return ack_fast_site_of(address, started);
}
