/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - where the supervisor writes what it saw: alone (WIRE_MODE_TRACE), or beside the stubs
 * of a target (s->ack is set), which write at the same time and into counters of their own.
 */
#ifndef ACKTRACE_TALLY_H
#define ACKTRACE_TALLY_H

#include "supervisor.h"

/* Counts a call by its number. */
void tally_number(struct supervisor *s, const struct call *call);

/* Counts one more call of a shape that is in the table. */
void tally_known(struct supervisor *s, struct wire_shape *shape);

/* Enters a shape whose record has been published; `free_slot` is where it would go. */
void tally_new(struct supervisor *s, struct wire_shape *free_slot, uint64_t fingerprint);

/* Puts a record into the ring. False: no room. */
bool tally_publish(struct supervisor *s, const struct wire_record *record, const struct text *texts,
		   unsigned count);

/* Adds one to a counter of the header. */
void tally_add(struct supervisor *s, uint64_t *counter);

/* Beside stubs: the id of an image, 0: there is none left. Sets *is_new if nobody had it. */
uint32_t tally_image(struct supervisor *s, uint64_t hash, bool *is_new);

#endif
