/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - records of many writers at once. Any of them may be killed between
 * two instructions: places are claimed by compare and exchange, and committed
 * last. Used by the stub, and by a supervisor that stands beside it.
 */
#ifndef ACKTRACE_STUB_RING_H
#define ACKTRACE_STUB_RING_H

#include "sys.h"
#include "wire.h"

/* One text to go with a record. */
struct ack_text {
	uint8_t kind, argument, truncated; /* as in struct wire_text_head */
	uint32_t length;
	const char *bytes;
};

/* Puts a record with its texts into the ring; commit, slots and texts of `head` are filled in.
 * Returns 0 if there is no room, or the record is too long for any. */
int ack_ring_put(struct wire_segment *segment, const struct wire_record *head,
		 const struct ack_text *texts, unsigned count);

#endif
