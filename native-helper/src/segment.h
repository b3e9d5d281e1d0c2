/* SPDX-License-Identifier: Apache-2.0 */
/* segment.h - the helper's side of the shared segment: counts, shapes, ring, losses. */
#ifndef ACKTRACE_SEGMENT_H
#define ACKTRACE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fingerprint.h"
#include "wire.h"

/* One text to go with a record. */
struct text {
	uint8_t kind;	  /* enum wire_text */
	uint8_t argument; /* 255: none */
	bool truncated;
	uint32_t length;
	const char *bytes;
};

#define TEXTS_MAX 17 /* one an argument, image or site, command, eight frames, one to spare */

/* Makes a memfd that nobody can make shorter, and maps it. Returns the descriptor (close-on-exec,
 * high) or -1 with errno. */
int segment_create_memory(const char *name, size_t size, void **at);

/* Makes the segment's memfd and maps it: header filled in, everything else zero. `size`: of the
 * memfd, at least that of the segment; what is behind it is zero, too. Returns the descriptor
 * (close-on-exec, high) or -1 with errno. */
int segment_create(struct wire_segment **segment, size_t size);

/* The same for the page that no target maps; all zero. */
int segment_create_status(struct wire_status **status);

/* Writes everything to path: temporary file beside it, fsync, rename. Returns 0 or -1 with errno.
 */
int segment_salvage(const struct wire_segment *segment, const char *path);

/* Nanoseconds since the segment's epoch, CLOCK_MONOTONIC. */
uint64_t segment_now(const struct wire_segment *segment);

void segment_lose(struct wire_segment *segment, enum wire_loss cause);
void segment_note(struct wire_segment *segment, enum wire_note kind);
void segment_set_state(struct wire_segment *segment, enum wire_state state);
void segment_fail(struct wire_segment *segment, enum wire_failure step, int error);

/* Bumps the counter of a call's number. */
void segment_count(struct wire_segment *segment, const struct call *call);

/* What the learner wants of this call; NULL where the number has no facts. */
const struct wire_call_facts *segment_facts(const struct wire_segment *segment,
					    const struct call *call);

/* Slot of the shape, or the free slot where it belongs (fingerprint still 0), or NULL: no room. */
struct wire_shape *segment_shape(struct wire_segment *segment, uint64_t fingerprint);

/* Takes a free slot for a shape whose record has been published. */
void segment_shape_insert(struct wire_segment *segment, struct wire_shape *shape,
			  uint64_t fingerprint, uint64_t now);

/* Puts a record with its texts into the ring; commit, slots and texts of `record` are filled in.
 * False: no room. Texts that would make the record too long are cut and marked. */
bool segment_publish(struct wire_segment *segment, const struct wire_record *record,
		     const struct text *texts, unsigned count);

/* Wakes the learner if it sleeps; fd is the doorbell's write end, -1: nobody is there. */
void segment_ring_doorbell(struct wire_segment *segment, int fd);

/* The same where a target can write into the header: by the flag of the status page. */
void segment_ring_by_status(struct wire_status *status, int fd);

#endif
