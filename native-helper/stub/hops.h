/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hops.h - pages of hops, by which rewritten sites reach the stub, and how text is changed that
 * cannot be written. For one thread of the process at a time (accelerate.c).
 */
#ifndef ACKTRACE_STUB_HOPS_H
#define ACKTRACE_STUB_HOPS_H

#include "stub.h"

/* Address of a free hop that a jump at `from` reaches, in a page below the mapping that begins at
 * `start` if there is none yet; 0: none. */
uint64_t ack_hop_near(uint64_t from, uint64_t start);

/* The same for a jump in the text at `text`, at one of `choices` addresses from `first` on, if it
 * may stand there. */
uint64_t ack_hop_at(uint64_t first, uint64_t choices, uint64_t text);

/* Writes a free hop, which takes it: it loads `ecx` and jumps to ack_fast. Returns 0 or -1. */
int ack_hop_take(uint64_t hop, uint32_t ecx);

/* Puts changed text of `size` bytes, whole pages, in place of what is mapped of that file at `at`.
 * Returns 0, or -1 if nothing was changed. */
int ack_text_replace(const struct ack_mapping *mapping, uint64_t at, const uint8_t *text,
		     size_t size);

#endif
