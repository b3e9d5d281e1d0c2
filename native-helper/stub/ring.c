/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

/* Claims `slots` slots in a row; false: the ring is full. A record never wraps: what remains before
 * the end of the ring becomes padding. */
static int claim(struct wire_segment *segment, uint32_t slots, uint64_t *cursor)
{
	uint64_t head = __atomic_load_n(&segment->header.ring_head, __ATOMIC_RELAXED);

	for (;;) {
		uint64_t tail = __atomic_load_n(&segment->header.ring_tail, __ATOMIC_ACQUIRE);
		uint64_t rest = WIRE_RING_SLOTS - head % WIRE_RING_SLOTS;
		uint64_t take = rest < slots ? rest : slots;

		if (tail > head) { /* others wrote, and were read, since head was loaded */
			head = __atomic_load_n(&segment->header.ring_head, __ATOMIC_ACQUIRE);
			if (tail > head)
				return 0; /* somebody has scribbled over it */
			continue;
		}
		if (head - tail > WIRE_RING_SLOTS - take)
			return 0;
		if (!__atomic_compare_exchange_n(&segment->header.ring_head, &head, head + take, 0,
						 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		*cursor = head;
		if (take == slots)
			return 1;
		while (take > 0) { /* padding in records of at most WIRE_RECORD_SLOTS */
			uint32_t part =
				take < WIRE_RECORD_SLOTS ? (uint32_t)take : WIRE_RECORD_SLOTS;
			struct wire_record *record = (void *)segment->ring[head % WIRE_RING_SLOTS];

			record->kind = WIRE_KIND_PADDING;
			record->slots = (uint16_t)part;
			record->texts = 0;
			__atomic_store_n(&record->commit, head + 1, __ATOMIC_RELEASE);
			head += part;
			take -= part;
		}
		head = __atomic_load_n(&segment->header.ring_head, __ATOMIC_RELAXED);
	}
}

int ack_ring_put(struct wire_segment *segment, const struct wire_record *head,
		 const struct ack_text *texts, unsigned count)
{
	uint32_t bytes = 0, slots;
	uint64_t cursor;
	struct wire_record *record;
	unsigned char *to;

	for (unsigned i = 0; i < count; i++)
		bytes += (uint32_t)sizeof(struct wire_text_head) + ((texts[i].length + 7) & ~7u);
	slots = 1 + (bytes + WIRE_SLOT_SIZE - 1) / WIRE_SLOT_SIZE;
	if (slots > WIRE_RECORD_SLOTS || !claim(segment, slots, &cursor))
		return 0;
	record = (void *)segment->ring[cursor % WIRE_RING_SLOTS];
	memcpy((char *)record + sizeof(record->commit), (const char *)head + sizeof(record->commit),
	       sizeof(*record) - sizeof(record->commit));
	record->slots = (uint16_t)slots;
	record->texts = (uint16_t)count;
	to = (unsigned char *)(record + 1);
	for (unsigned i = 0; i < count; i++) {
		struct wire_text_head text = {texts[i].kind, texts[i].argument, texts[i].truncated,
					      0, texts[i].length};
		uint32_t padded = (texts[i].length + 7) & ~7u;

		memcpy(to, &text, sizeof(text));
		to += sizeof(text);
		memcpy(to, texts[i].bytes, texts[i].length);
		memset(to + texts[i].length, 0, padded - texts[i].length);
		to += padded;
	}
	__atomic_store_n(&record->commit, cursor + 1, __ATOMIC_RELEASE);
	return 1;
}
