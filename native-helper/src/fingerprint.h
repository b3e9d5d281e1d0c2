/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.h - what makes two calls the same shape. No side effects. */
#ifndef ACKTRACE_FINGERPRINT_H
#define ACKTRACE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* A system call as the kernel got it. */
struct call {
	uint32_t arch;	 /* AUDIT_ARCH_* */
	uint32_t number; /* as it stood in the register, x32 bit included */
	uint32_t abi;	 /* enum wire_abi */
	uint32_t index;	 /* the number without the x32 bit */
	uint64_t arguments[WIRE_ARGUMENTS];
	uint64_t instruction_pointer;
	uint32_t data; /* SECCOMP_RET_DATA of the filter; 0 where no filter reported it */
};

/* Fills abi and index from arch and number. Negative numbers (a skipped call) are never x32. */
void call_classify(struct call *call);

/* The finalizer of splitmix64. */
uint64_t fingerprint_mix(uint64_t x);

/* FNV-1a, 64 bits. */
uint64_t fingerprint_path(const char *path, size_t length);

/* As wire.h defines it; never 0. `mask` has WIRE_ARGUMENTS words; NULL: no argument counts. */
uint64_t fingerprint_call(uint64_t image_hash, const struct call *call, const uint64_t *mask);

#endif
