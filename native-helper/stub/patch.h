/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patch.h - how a call site is rewritten, on a copy of its text. Pure.
 *
 * Only the call instruction (two bytes, a trap has proven that it is one) and
 * padding near it are replaced. No other instruction moves or changes its
 * length, so it does not matter where any thread stands, or will return to. The
 * call becomes a short jump to padding, where a jump to the hop stands. Padding
 * is:
 *   - nopl or nopw with SIB and 32-bit displacement (0f 1f 84, whatever its
 *     prefixes): those five bytes address nothing, and the nop stays a nop;
 *   - nopl with 32-bit displacement (0f 1f 80), which is skipped by a short jump;
 *   - a run of int3, which nobody executes.
 * Where there is none, a jump is begun whose end is what follows, unchanged, and
 * says where the hop has to be: within 256 bytes if the last three bytes of it
 * stand there, at one address if all four do (it has a prefix then). It is begun
 * in place of the call itself, or in a nopl with 8-bit displacement, or in two
 * int3, which align what follows.
 */
#ifndef ACKTRACE_STUB_PATCH_H
#define ACKTRACE_STUB_PATCH_H

#include <stdint.h>

#define ACK_PATCH_PAGE 4096
#define ACK_PATCH_REACH                                                                            \
	136		      /* bytes behind a call where its padding may begin, and what is read \
			       */
#define ACK_PATCH_JUMP	 0xe9 /* jmp rel32 */
#define ACK_PATCH_PREFIX 0x2e /* does nothing before it */
#define ACK_PATCH_SIZE	 5    /* its bytes */
#define ACK_PATCH_BEGUN	 2    /* bytes that are written of a jump whose end stands there already */
#define ACK_HOP_SIZE	 16   /* bytes of one hop; the last 8 of a page of hops are an address */

struct ack_patch {
	uint32_t jump; /* offset in the text of the long jump */
	uint32_t skip; /* what comes along has to jump over so many bytes of it; 0: it need not */
	uint32_t choices; /* addresses to which it can jump, as its end stands there already; 0: all
			   */
};

/* May the call instruction before offset `site` of `size` bytes of text be rewritten at all: is it
 * one, and are the flags dead behind it? */
int ack_patch_can(const uint8_t *text, uint32_t size, uint32_t site);

/* Finds the next way to rewrite a call that may be; *from is 0 at first. The best ones come first.
 * Returns 0 if there is none left. */
int ack_patch_next(const uint8_t *text, uint32_t size, uint32_t site, uint32_t *from,
		   struct ack_patch *patch);

/* Is there padding with room for a whole jump at offset `jump`, in reach of the call before `site`?
 */
int ack_patch_at(const uint8_t *text, uint32_t size, uint32_t site, uint32_t jump,
		 struct ack_patch *patch);

/* The first of the addresses between which the jump in the text at `address` can choose. It may be
 * no address at all. */
uint64_t ack_patch_pun(const uint8_t *text, uint64_t address, const struct ack_patch *patch);

/* Rewrites the copy of the text at `address`. `hop` must be in reach of a 32-bit displacement, or
 * one of the addresses that can be chosen. Returns how many bytes of the text may have changed. */
uint32_t ack_patch_apply(uint8_t *text, uint64_t address, uint32_t site,
			 const struct ack_patch *patch, uint64_t hop);

/* Can a jump at `from` reach `to`, whatever their places in their pages? */
int ack_patch_reaches(uint64_t from, uint64_t to);

/* Writes the low four bytes of a value, as an instruction has them. */
void ack_patch_put32(uint8_t *to, uint64_t value);

/* The code of a hop that stands `offset` bytes into its page: loads ecx, jumps by the last 8 bytes
 * of the page. */
void ack_patch_hop(uint8_t hop[ACK_HOP_SIZE], uint32_t offset, uint32_t ecx);

#endif
