/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patch.h - how a call site is rewritten, on a copy of its page. Pure.
 *
 * Only the call instruction (two bytes, a trap has proven that it is one) is
 * replaced, by a jump of two bytes to padding nearby; there stands a jump to the
 * hop. No other instruction moves or changes its length, so it does not matter
 * where any thread stands, or will return to. Padding is:
 *   - nopl or nopw with SIB and 32-bit displacement (0f 1f 84, whatever its
 *     prefixes): those five bytes address nothing, and the nop stays a nop;
 *   - nopl with 32-bit displacement (0f 1f 80), which is skipped by a short jump;
 *   - a run of int3, which nobody executes.
 */
#ifndef ACKTRACE_STUB_PATCH_H
#define ACKTRACE_STUB_PATCH_H

#include <stdint.h>

#define ACK_PATCH_PAGE 4096
#define ACK_HOP_SIZE   16 /* bytes of one hop; the last 8 of a page of hops are an address */

struct ack_patch {
	uint32_t jump;	     /* offset in the page of the long jump */
	uint32_t short_skip; /* 1: a short jump over it has to stand before it */
};

/* Does the code set all arithmetic flags before it reads one? `size` bytes may be looked at. */
int ack_patch_flags_are_dead(const uint8_t *code, uint32_t size);

/* Finds padding for the call instruction before offset `site` of the page. Returns 0, or -1 if the
 * site cannot be rewritten. */
int ack_patch_find(const uint8_t *page, uint32_t site, struct ack_patch *patch);

/* Rewrites the copy of the page at `address`. `hop` must be in reach of a 32-bit displacement. */
void ack_patch_apply(uint8_t *page, uint64_t address, uint32_t site, const struct ack_patch *patch,
		     uint64_t hop);

/* Can a jump at `from` reach `to`, whatever their places in their pages? */
int ack_patch_reaches(uint64_t from, uint64_t to);

/* The code of a hop that stands `offset` bytes into its page: loads ecx, jumps by the last 8 bytes
 * of the page. */
void ack_patch_hop(uint8_t hop[ACK_HOP_SIZE], uint32_t offset, uint32_t ecx);

#endif
