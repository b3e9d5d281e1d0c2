/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - maps an image and its interpreter into the process. */
#ifndef ACKTRACE_STUB_LOAD_H
#define ACKTRACE_STUB_LOAD_H

#include "elf.h"

struct ack_loaded {
	struct ack_elf elf;
	uint64_t bias;		 /* of the image */
	uint64_t start;		 /* where to jump: the interpreter's entry, or the image's */
	uint64_t base;		 /* AT_BASE: where the interpreter is, 0: none */
	uint64_t header_address; /* AT_PHDR, biased */
	uint64_t entry;		 /* AT_ENTRY, biased */
};

/* Maps what `descriptor` is open on, and its interpreter, which `interpreter` is open on, if it has
 * one; -1: it is opened by its name. Closes the interpreter's descriptor. `identity` is that of the
 * interpreter (ack_exec.interpreter_identity). `seed` chooses addresses;
 * 0: no randomisation. Returns 0 or -errno; after a failure the process cannot go on. */
int ack_load(int descriptor, int interpreter, uint64_t identity, uint64_t seed,
	     struct ack_loaded *loaded);

#endif
