/* SPDX-License-Identifier: Apache-2.0 */
#include "patch.h"
#include <stddef.h>

#define CALL	   2 /* bytes of syscall */
#define JUMP	   5 /* bytes of jmp rel32 */
#define NOP_SIB	   8 /* 0f 1f 84 SIB disp32 */
#define NOP	   7 /* 0f 1f 80 disp32 */
#define HOP_VECTOR 4088
#define INT3	   0xcc

static int is_register_move(const uint8_t *code, uint32_t size, uint32_t *length)
{
	uint32_t at = 0;

	if (size >= 2 && (code[0] & 0xf0) == 0x40) /* REX */
		at = 1;
	if (at + 2 > size || code[at] != 0x89)
		return 0;
	if ((code[at + 1] & 0xc0) == 0xc0) { /* mov %reg, %reg */
		*length = at + 2;
		return 1;
	}
	/* mov %eax, disp8(%rsp), as Go keeps results */
	if (at + 4 <= size && code[at + 1] == 0x44 && code[at + 2] == 0x24) {
		*length = at + 4;
		return 1;
	}
	return 0;
}

/* cmp, test, neg, xor of registers or with a constant; ret, because flags do not live across it. */
static int kills_flags(const uint8_t *code, uint32_t size)
{
	uint32_t at = 0;

	if (size >= 1 && code[0] == 0xc3)
		return 1;
	if (size >= 2 && (code[0] & 0xf0) == 0x40)
		at = 1;
	if (at < size && code[at] == 0x3d)
		return 1; /* cmp $imm32, %rax */
	if (at + 2 > size || (code[at + 1] & 0xc0) != 0xc0)
		return 0;
	switch (code[at]) {
	case 0x83: /* cmp $imm8, %reg */
	case 0x81:
		return (code[at + 1] & 0x38) == 0x38;
	case 0xf7: /* neg %reg */
		return (code[at + 1] & 0x38) == 0x18;
	case 0x85: /* test, xor, cmp */
	case 0x31:
	case 0x39:
		return 1;
	default:
		return 0;
	}
}

int ack_patch_flags_are_dead(const uint8_t *code, uint32_t size)
{
	for (int moves = 0; moves < 4; moves++) {
		uint32_t length = 0;

		if (kills_flags(code, size))
			return 1;
		if (!is_register_move(code, size, &length))
			return 0;
		code += length;
		size -= length;
	}
	return 0;
}

static int is_zero(const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i])
			return 0;
	return 1;
}

static int is_int3(const uint8_t *bytes)
{
	for (int i = 0; i < JUMP; i++)
		if (bytes[i] != INT3)
			return 0;
	return 1;
}

static int padding_at(const uint8_t *page, uint32_t at, struct ack_patch *patch)
{
	const uint8_t *p = page + at;

	if (at + NOP_SIB <= ACK_PATCH_PAGE && p[0] == 0x0f && p[1] == 0x1f && p[2] == 0x84 &&
	    is_zero(p + 3, JUMP)) {
		*patch = (struct ack_patch){at + 3, 0};
		return 1;
	}
	/* With a prefix before it the short jump would have one. */
	if (at > 0 && at + NOP <= ACK_PATCH_PAGE && p[0] == 0x0f && p[1] == 0x1f && p[2] == 0x80 &&
	    is_zero(p + 3, 4) && p[-1] != 0x66 && p[-1] != 0x2e) {
		*patch = (struct ack_patch){at + 2, 1};
		return 1;
	}
	if (at + JUMP <= ACK_PATCH_PAGE && is_int3(p)) {
		*patch = (struct ack_patch){at, 0};
		return 1;
	}
	return 0;
}

int ack_patch_find(const uint8_t *page, uint32_t site, struct ack_patch *patch)
{
	struct ack_patch found;

	if (site < CALL || site >= ACK_PATCH_PAGE || page[site - 2] != 0x0f ||
	    page[site - 1] != 0x05 || !ack_patch_flags_are_dead(page + site, ACK_PATCH_PAGE - site))
		return -1;
	for (int distance = 0; distance <= 128; distance++) {
		for (int side = -1; side <= 1; side += 2) {
			int64_t at = (int64_t)site + side * distance, reach;

			if (at < 0 || at >= ACK_PATCH_PAGE ||
			    !padding_at(page, (uint32_t)at, &found))
				continue;
			reach = (int64_t)found.jump - (int64_t)site;
			if (reach < -128 || reach > 127)
				continue;
			*patch = found;
			return 0;
		}
	}
	return -1;
}

static void put32(uint8_t *to, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

void ack_patch_apply(uint8_t *page, uint64_t address, uint32_t site, const struct ack_patch *patch,
		     uint64_t hop)
{
	page[site - 2] = 0xeb;
	page[site - 1] = (uint8_t)(patch->jump - site);
	if (patch->short_skip) {
		page[patch->jump - 2] = 0xeb;
		page[patch->jump - 1] = JUMP;
	}
	page[patch->jump] = 0xe9;
	put32(page + patch->jump + 1, hop - (address + patch->jump + JUMP));
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
	put32(hop + 1, ecx);
	hop[5] = 0xff; /* jmp *disp32(%rip) */
	hop[6] = 0x25;
	put32(hop + 7, HOP_VECTOR - (offset + 11));
}
