/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - a generator of garbage for tests. */
#ifndef ACKTRACE_RANDOM_H
#define ACKTRACE_RANDOM_H

#include <stdint.h>

/* splitmix64 with one seed: the same numbers in every run. */
static inline uint64_t next_random(void)
{
	static uint64_t seed = 20260922;
	uint64_t x = seed += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

#endif
