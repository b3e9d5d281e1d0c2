/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.c - the arithmetic of shapes. */
#include "fingerprint.h"

#include <linux/audit.h>

#define X32_BIT 0x40000000u /* __X32_SYSCALL_BIT, asm/unistd.h */

void call_classify(struct call *call)
{
	call->index = call->number;
	if (call->arch == AUDIT_ARCH_I386) {
		call->abi = WIRE_ABI_I386;
	} else if ((int32_t)call->number >= 0 && (call->number & X32_BIT)) {
		call->abi = WIRE_ABI_X32;
		call->index = call->number & ~X32_BIT;
	} else {
		call->abi = WIRE_ABI_X86_64;
	}
}

uint64_t fingerprint_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return x;
}

uint64_t fingerprint_path(const char *path, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < length; i++) {
		hash ^= (unsigned char)path[i];
		hash *= 0x100000001b3ULL;
	}
	return hash;
}

uint64_t fingerprint_call(uint64_t image_hash, const struct call *call, const uint64_t *mask)
{
	uint64_t h = WIRE_MIX_SEED;

	h = fingerprint_mix(h ^ image_hash);
	h = fingerprint_mix(h ^ call->abi);
	h = fingerprint_mix(h ^ call->index);
	for (int i = 0; i < WIRE_ARGUMENTS; i++)
		h = fingerprint_mix(h ^ (mask ? call->arguments[i] & mask[i] : 0));
	return h ? h : 1;
}
