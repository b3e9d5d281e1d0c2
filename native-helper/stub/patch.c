/* SPDX-License-Identifier: Apache-2.0 */
#include "patch.h"
#include "flags.h"
#include <stddef.h>

#define CALL	   2 /* bytes of syscall */
#define NOP_SIB	   8 /* 0f 1f 84 SIB disp32 */
#define NOP	   7 /* 0f 1f 80 disp32 */
#define SMALL_SIB  5 /* 0f 1f 44 SIB disp8 */
#define SMALL	   4 /* 0f 1f 40 disp8 */
#define ALIGNMENT  16
#define REACH	   128
#define HOP_VECTOR 4088
#define INT3	   0xcc

static int is_zero(const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i])
			return 0;
	return 1;
}

static int is_int3(const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i] != INT3)
			return 0;
	return 1;
}

static int is_nop(const uint8_t *p, uint8_t form, uint32_t zeros)
{
	return p[0] == 0x0f && p[1] == 0x1f && p[2] == form && is_zero(p + 3, zeros);
}

/* With a prefix before it a short jump would have one. */
static int has_prefix(const uint8_t *text, uint32_t at)
{
	return at == 0 || text[at - 1] == 0x66 || text[at - 1] == 0x2e;
}

/* Padding with room for a whole jump. */
static int padding_at(const uint8_t *text, uint32_t size, uint32_t at, struct ack_patch *patch)
{
	const uint8_t *p = text + at;

	if (at + NOP_SIB <= size && is_nop(p, 0x84, ACK_PATCH_SIZE)) {
		*patch = (struct ack_patch){.jump = at + 3};
		return 1;
	}
	if (at + NOP <= size && is_nop(p, 0x80, 4) && !has_prefix(text, at)) {
		*patch = (struct ack_patch){.jump = at + 2, .skip = ACK_PATCH_SIZE};
		return 1;
	}
	if (at + ACK_PATCH_SIZE <= size && is_int3(p, ACK_PATCH_SIZE)) {
		*patch = (struct ack_patch){.jump = at};
		return 1;
	}
	return 0;
}

/* Padding with room for the start of a jump; what follows it is the rest. Such short patterns are
 * padding only where they align what follows. */
static int small_padding_at(const uint8_t *text, uint32_t size, uint32_t at,
			    struct ack_patch *patch)
{
	const uint8_t *p = text + at;

	if (at + SMALL_SIB <= size && is_nop(p, 0x44, 2) && (at + SMALL_SIB) % ALIGNMENT == 0) {
		*patch = (struct ack_patch){.jump = at + 3};
		return 1;
	}
	if (at + SMALL <= size && is_nop(p, 0x40, 1) && (at + SMALL) % ALIGNMENT == 0 &&
	    !has_prefix(text, at)) {
		*patch = (struct ack_patch){.jump = at + 2, .skip = ACK_PATCH_BEGUN};
		return 1;
	}
	if (at + ACK_PATCH_BEGUN <= size && is_int3(p, ACK_PATCH_BEGUN) &&
	    (at + ACK_PATCH_BEGUN) % ALIGNMENT == 0) {
		*patch = (struct ack_patch){.jump = at};
		return 1;
	}
	return 0;
}

int ack_patch_can(const uint8_t *text, uint32_t size, uint32_t site)
{
	return site >= CALL && site < size && text[site - 2] == 0x0f && text[site - 1] == 0x05 &&
	       ack_flags_are_dead(text, size, site);
}

/* The ways that are tried, each in all its places, nearest first. */
enum way { WHOLE, IN_PLACE, IN_PADDING, EXACT_IN_PLACE, EXACT_IN_PADDING, WAYS };

static int is_way(enum way way, const uint8_t *text, uint32_t size, uint32_t site, int64_t at,
		  struct ack_patch *patch)
{
	uint32_t choices = way == WHOLE ? 0 : way <= IN_PADDING ? 256 : 1;
	uint32_t end;
	int found;

	if (at < 0 || at >= size)
		return 0;
	*patch = (struct ack_patch){.jump = (uint32_t)at};
	if (way == WHOLE)
		found = padding_at(text, size, (uint32_t)at, patch);
	else if (way == IN_PADDING || way == EXACT_IN_PADDING)
		found = small_padding_at(text, size, (uint32_t)at, patch);
	else
		found = at == (int64_t)site - CALL;
	patch->choices = choices;
	end = patch->jump + ACK_PATCH_SIZE + (choices == 1);
	if (choices && end > size)
		return 0;
	if (patch->jump < site - CALL && end > site - CALL) /* its end would be the short jump */
		return 0;
	at = (int64_t)patch->jump - (int64_t)site;
	return found && at >= -REACH && at < REACH;
}

int ack_patch_next(const uint8_t *text, uint32_t size, uint32_t site, uint32_t *from,
		   struct ack_patch *patch)
{
	const uint32_t places = 2 * (REACH + 1);

	for (; *from < WAYS * places; ++*from) {
		int64_t distance = *from % places / 2;

		if (is_way(*from / places, text, size, site,
			   (int64_t)site + (*from % 2 ? distance : -distance), patch)) {
			++*from;
			return 1;
		}
	}
	return 0;
}

int ack_patch_at(const uint8_t *text, uint32_t size, uint32_t site, uint32_t jump,
		 struct ack_patch *patch)
{
	int64_t distance = (int64_t)jump - (int64_t)site;

	if (jump >= size || distance < -REACH || distance >= REACH)
		return 0;
	for (uint32_t before = 0; before <= 3 && before <= jump; before++)
		if (padding_at(text, size, jump - before, patch) && patch->jump == jump)
			return jump >= site || jump + ACK_PATCH_SIZE <= site - CALL;
	return 0;
}

uint64_t ack_patch_pun(const uint8_t *text, uint64_t address, const struct ack_patch *patch)
{
	const uint8_t *rest = text + patch->jump + ACK_PATCH_BEGUN;
	uint32_t first = 0;

	for (int i = 0; i < 3 + (patch->choices == 1); i++)
		first |= (uint32_t)rest[i] << 8 * (i + (patch->choices != 1));
	return address + patch->jump + ACK_PATCH_SIZE + (patch->choices == 1) +
	       (uint64_t)(int64_t)(int32_t)first;
}

void ack_patch_put32(uint8_t *to, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

uint32_t ack_patch_apply(uint8_t *text, uint64_t address, uint32_t site,
			 const struct ack_patch *patch, uint64_t hop)
{
	uint8_t *jump = text + patch->jump;
	uint64_t distance = hop - (address + patch->jump + ACK_PATCH_SIZE);
	uint32_t end = patch->jump + (patch->choices ? ACK_PATCH_BEGUN : ACK_PATCH_SIZE);

	if (patch->jump != site - CALL) {
		text[site - 2] = 0xeb;
		text[site - 1] = (uint8_t)(patch->jump - site);
	}
	if (patch->skip) {
		jump[-2] = 0xeb;
		jump[-1] = (uint8_t)patch->skip;
	}
	if (patch->choices == 1)
		*jump++ = ACK_PATCH_PREFIX;
	*jump++ = ACK_PATCH_JUMP;
	if (patch->choices == 256)
		*jump = (uint8_t)distance;
	else if (patch->choices == 0)
		ack_patch_put32(jump, distance);
	return end > site ? end : site;
}

int ack_patch_reaches(uint64_t from, uint64_t to)
{
	int64_t distance = (int64_t)(to - from), most = INT32_MAX - 4LL * ACK_PATCH_PAGE;

	return distance < most && distance > -most;
}

void ack_patch_hop(uint8_t hop[ACK_HOP_SIZE], uint32_t offset, uint32_t ecx)
{
	for (int i = 0; i < ACK_HOP_SIZE; i++)
		hop[i] = INT3;
	hop[0] = 0xb9; /* mov $imm32, %ecx */
	ack_patch_put32(hop + 1, ecx);
	hop[5] = 0xff; /* jmp *disp32(%rip) */
	hop[6] = 0x25;
	ack_patch_put32(hop + 7, HOP_VECTOR - (offset + 11));
}
