/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - beside stubs every write is atomic, and in the places that stub/report.c uses. */
#include "tally.h"

#include "ack_launch.h"

#include "../stub/ring.h"

#define SHARD 0 /* of the counters; any will do */

static void add(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void tally_add(struct supervisor *s, uint64_t *counter)
{
	if (s->ack)
		add(counter);
	else
		++*counter;
}

static void count_stray(struct wire_segment *segment, const struct call *call)
{
	for (unsigned i = 0; i < WIRE_STRAYS; i++) {
		struct wire_stray *stray = &segment->strays[i];
		uint32_t found = 0;

		if (__atomic_compare_exchange_n(&stray->abi, &found, call->abi + 1, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			__atomic_store_n(&stray->number, call->index, __ATOMIC_RELAXED);
		else if (found != call->abi + 1 || stray->number != call->index)
			continue;
		add(&stray->count);
		return;
	}
	segment_lose(segment, WIRE_LOSS_STRAYS_FULL);
}

void tally_number(struct supervisor *s, const struct call *call)
{
	if (!s->ack)
		segment_count(s->segment, call);
	else if (call->index < WIRE_NUMBERS)
		add(ack_number_count(s->ack->area, SHARD, call->abi, call->index));
	else
		count_stray(s->segment, call);
}

/* Of a slot of the shape table, from 1; 0: there is none left. */
static uint32_t counter_of(struct supervisor *s, const struct wire_shape *shape)
{
	struct ack_area *area = s->ack->area;
	uint32_t *id = ack_shape_id(area, (uint32_t)(shape - s->segment->shapes));
	uint32_t given = __atomic_load_n(id, __ATOMIC_RELAXED);

	if (given == 0) {
		uint32_t next = __atomic_add_fetch(&area->next_shape, 1, __ATOMIC_RELAXED);

		if (next > WIRE_SHAPES ||
		    __atomic_compare_exchange_n(id, &given, next, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			given = next <= WIRE_SHAPES ? next : 0;
	}
	return given;
}

void tally_known(struct supervisor *s, struct wire_shape *shape)
{
	uint32_t id;

	if (!s->ack) {
		__atomic_store_n(&shape->count, shape->count + 1, __ATOMIC_RELAXED);
		__atomic_store_n(&shape->last_ns, segment_now(s->segment), __ATOMIC_RELAXED);
		return;
	}
	id = counter_of(s, shape);
	if (id > 0 && id <= WIRE_SHAPES)
		add(ack_trapped_count(s->ack->area, id - 1, SHARD));
}

void tally_new(struct supervisor *s, struct wire_shape *free_slot, uint64_t fingerprint)
{
	uint64_t now = segment_now(s->segment);

	if (!s->ack) {
		segment_shape_insert(s->segment, free_slot, fingerprint, now);
		return;
	}
	for (uint32_t i = 0; i < WIRE_SHAPE_PROBES; i++) {
		struct wire_shape *slot = &s->segment->shapes[wire_shape_slot(fingerprint, i)];
		uint64_t found = 0;

		if (__atomic_compare_exchange_n(&slot->fingerprint, &found, fingerprint, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			slot->first_ns = slot->last_ns = now;
			add(&s->segment->header.shapes);
			tally_known(s, slot);
			return;
		}
		if (found == fingerprint) {
			tally_known(s, slot);
			return;
		}
	}
	segment_lose(s->segment, WIRE_LOSS_SHAPES_FULL);
}

bool tally_publish(struct supervisor *s, const struct wire_record *record, const struct text *texts,
		   unsigned count)
{
	/* What a record holds beside its head, shared out evenly: long texts are cut. */
	uint32_t room = (WIRE_RECORD_SLOTS - 1) * WIRE_SLOT_SIZE, most;
	struct ack_text copies[TEXTS_MAX];

	if (!s->ack)
		return segment_publish(s->segment, record, texts, count);
	if (count > TEXTS_MAX)
		count = TEXTS_MAX;
	most = count ? (room / count - (uint32_t)sizeof(struct wire_text_head)) & ~7u : 0;
	for (unsigned i = 0; i < count; i++) {
		bool cut = texts[i].length > most;

		copies[i] = (struct ack_text){texts[i].kind, texts[i].argument,
					      texts[i].truncated || cut,
					      cut ? most : texts[i].length, texts[i].bytes};
	}
	return ack_ring_put(s->segment, record, copies, count);
}

uint32_t tally_image(struct supervisor *s, uint64_t hash, bool *is_new)
{
	for (uint32_t id = 1; id < WIRE_IMAGES; id++) {
		uint64_t found = 0;

		*is_new = __atomic_compare_exchange_n(ack_image(s->ack->area, id), &found, hash,
						      false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
		if (*is_new)
			__atomic_fetch_add(&s->segment->header.images, 1, __ATOMIC_RELAXED);
		if (*is_new || found == hash)
			return id;
	}
	return 0;
}
