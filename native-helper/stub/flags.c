/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flags.c - a decoder of the few instructions that compilers put behind a call.
 * Opcodes and lengths are those of the Intel SDM, volume 2, appendix A.
 */
#include "flags.h"

#define STEPS	  16 /* instructions that are looked at */
#define REX_W	  8
#define PREFIX_16 1 /* 66: immediates are shorter */

/* The arithmetic operations by the three bits that choose one. */
#define ADC 2
#define SBB 3

enum effect {
	UNKNOWN, /* reads flags, leaves some as they were, or is not in the tables here */
	NEUTRAL,
	SETS, /* sets all of CF, ZF, SF, OF, PF, or leaves the function */
	JUMPS,
};

struct instruction {
	enum effect effect;
	uint32_t length;
	int32_t distance; /* of a jump */
};

struct reader {
	const uint8_t *code; /* behind prefixes and opcode */
	uint32_t left, prefixes, rex;
};

/* Bytes of ModRM, SIB and displacement; 0: they are not all there. */
static uint32_t operand_size(const struct reader *r)
{
	uint32_t size = 1, mode, base;

	if (r->left < 2)
		return 0;
	mode = r->code[0] >> 6;
	base = r->code[0] & 7;
	if (mode != 3 && base == 4) {
		base = r->code[1] & 7;
		size++;
	}
	if (mode == 1)
		size += 1;
	else if (mode == 2 || (mode == 0 && base == 5))
		size += 4;
	return size <= r->left ? size : 0;
}

static uint32_t choice_of(const struct reader *r)
{
	return r->left ? r->code[0] >> 3 & 7 : 7;
}

static struct instruction with_operand(const struct reader *r, enum effect effect,
				       uint32_t immediate)
{
	uint32_t size = operand_size(r);

	if (size == 0 || (immediate > 1 && (r->prefixes & PREFIX_16)))
		effect = UNKNOWN;
	return (struct instruction){effect, size + immediate, 0};
}

static struct instruction without_operand(const struct reader *r, enum effect effect,
					  uint32_t immediate)
{
	if (immediate > 1 && (r->prefixes & PREFIX_16))
		effect = UNKNOWN;
	return (struct instruction){effect, immediate, 0};
}

static enum effect effect_of_arithmetic(uint32_t operation)
{
	return operation == ADC || operation == SBB ? UNKNOWN : SETS;
}

/* 00 to 3f: each operation has six forms. */
static struct instruction arithmetic(const struct reader *r, uint8_t opcode)
{
	enum effect effect = effect_of_arithmetic(opcode >> 3);

	switch (opcode & 7) {
	case 0:
	case 1:
	case 2:
	case 3:
		return with_operand(r, effect, 0);
	case 4:
		return without_operand(r, effect, 1);
	case 5:
		return without_operand(r, effect, 4);
	default:
		return (struct instruction){UNKNOWN, 0, 0};
	}
}

static struct instruction two_byte(const struct reader *r, uint8_t opcode)
{
	switch (opcode) {
	case 0x05: /* syscall: the kernel gives them back */
		return without_operand(r, NEUTRAL, 0);
	case 0x10: /* SSE moves, unpacking, and their xor */
	case 0x11:
	case 0x16:
	case 0x17:
	case 0x28:
	case 0x29:
	case 0x57:
	case 0x6c:
	case 0x6e:
	case 0x6f:
	case 0x7e:
	case 0x7f:
	case 0xd6:
	case 0xef:
	case 0x1e: /* endbr64, and nop */
	case 0x1f:
	case 0xb6: /* movzx, movsx */
	case 0xb7:
	case 0xbe:
	case 0xbf:
		return with_operand(r, NEUTRAL, 0);
	case 0xb1: /* cmpxchg */
		return with_operand(r, SETS, 0);
	default:
		return (struct instruction){UNKNOWN, 0, 0};
	}
}

static struct instruction jump(const struct reader *r, uint32_t size)
{
	struct instruction made = {JUMPS, size, 0};

	if (r->left < size)
		return (struct instruction){UNKNOWN, 0, 0};
	made.distance = (int8_t)r->code[0];
	if (size == 4)
		made.distance = (int32_t)((uint32_t)r->code[0] | (uint32_t)r->code[1] << 8 |
					  (uint32_t)r->code[2] << 16 | (uint32_t)r->code[3] << 24);
	return made;
}

/* Opcodes whose meaning is in the middle bits of ModRM. */
static struct instruction by_choice(const struct reader *r, uint8_t opcode)
{
	uint32_t choice = choice_of(r);

	switch (opcode) {
	case 0x80:
	case 0x83:
		return with_operand(r, effect_of_arithmetic(choice), 1);
	case 0x81:
		return with_operand(r, effect_of_arithmetic(choice), 4);
	case 0xc6: /* mov */
		return with_operand(r, choice == 0 ? NEUTRAL : UNKNOWN, 1);
	case 0xc7:
		return with_operand(r, choice == 0 ? NEUTRAL : UNKNOWN, 4);
	case 0xf6: /* test, neg */
		return with_operand(r, choice == 0 || choice == 3 ? SETS : UNKNOWN, choice == 0);
	case 0xf7:
		return with_operand(r, choice == 0 || choice == 3 ? SETS : UNKNOWN,
				    choice == 0 ? 4 : 0);
	default: /* ff: call */
		return with_operand(r, choice == 2 ? SETS : UNKNOWN, 0);
	}
}

static struct instruction one_byte(const struct reader *r, uint8_t opcode)
{
	if (opcode < 0x40)
		return arithmetic(r, opcode);
	if (opcode >= 0x50 && opcode < 0x60) /* push, pop */
		return without_operand(r, NEUTRAL, 0);
	if (opcode >= 0xb0 && opcode < 0xb8)
		return without_operand(r, NEUTRAL, 1);
	if (opcode >= 0xb8 && opcode < 0xc0)
		return without_operand(r, NEUTRAL, r->rex & REX_W ? 8 : 4);
	switch (opcode) {
	case 0x63: /* movsxd, xchg, mov, lea */
	case 0x87:
	case 0x88:
	case 0x89:
	case 0x8a:
	case 0x8b:
	case 0x8d:
		return with_operand(r, NEUTRAL, 0);
	case 0x84: /* test */
	case 0x85:
		return with_operand(r, SETS, 0);
	case 0xa8:
		return without_operand(r, SETS, 1);
	case 0xa9:
		return without_operand(r, SETS, 4);
	case 0x90:
	case 0xc9: /* leave */
		return without_operand(r, NEUTRAL, 0);
	case 0xc2: /* ret, call: flags do not live across them */
	case 0xc3:
	case 0xe8:
		return without_operand(r, SETS, 0);
	case 0xeb:
		return jump(r, 1);
	case 0xe9:
		return jump(r, 4);
	case 0x80:
	case 0x81:
	case 0x83:
	case 0xc6:
	case 0xc7:
	case 0xf6:
	case 0xf7:
	case 0xff:
		return by_choice(r, opcode);
	default:
		return (struct instruction){UNKNOWN, 0, 0};
	}
}

/* Takes prefixes and opcode off. */
static struct instruction decode(const uint8_t *code, uint32_t left)
{
	struct reader r = {.code = code, .left = left};
	struct instruction made;
	uint8_t opcode;

	for (; r.left && (*r.code == 0x66 || *r.code == 0x64 || *r.code == 0x2e ||
			  *r.code == 0xf0 || *r.code == 0xf2 || *r.code == 0xf3);
	     r.code++, r.left--)
		r.prefixes |= *r.code == 0x66 ? PREFIX_16 : 0;
	if (r.left && (*r.code & 0xf0) == 0x40) {
		r.rex = *r.code++;
		r.left--;
	}
	if (r.left == 0)
		return (struct instruction){UNKNOWN, 0, 0};
	opcode = *r.code++;
	r.left--;
	if (opcode == 0x0f && r.left) {
		opcode = *r.code++;
		r.left--;
		made = two_byte(&r, opcode);
	} else {
		made = opcode == 0x0f ? (struct instruction){UNKNOWN, 0, 0} : one_byte(&r, opcode);
	}
	if (made.length > r.left)
		made.effect = UNKNOWN;
	made.length += left - r.left;
	return made;
}

int ack_flags_are_dead(const uint8_t *code, uint32_t size, uint32_t at)
{
	for (int step = 0; step < STEPS && at < size; step++) {
		struct instruction next = decode(code + at, size - at);
		int64_t to;

		if (next.effect == SETS)
			return 1;
		if (next.effect == UNKNOWN)
			return 0;
		to = (int64_t)at + next.length + (next.effect == JUMPS ? next.distance : 0);
		if (to < 0 || to >= size)
			return 0;
		at = (uint32_t)to;
	}
	return 0;
}
