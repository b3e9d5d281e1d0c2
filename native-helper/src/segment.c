/* SPDX-License-Identifier: Apache-2.0 */
/* segment.c - the shared segment. One writer a field (see wire.h); readers may be anywhere. */
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fd.h"

#define NS 1000000000ULL

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

/* ftruncate, whatever RLIMIT_FSIZE (which counts for memory too) the user has set softly. */
static int set_size(int fd, off_t size)
{
	struct rlimit limit, most;
	int result;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -1;
	most = (struct rlimit){limit.rlim_max, limit.rlim_max};
	setrlimit(RLIMIT_FSIZE, &most);
	result = ftruncate(fd, size);
	setrlimit(RLIMIT_FSIZE, &limit);
	return result;
}

int segment_create_memory(const char *name, size_t size, void **at)
{
	int fd = fd_high(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));

	if (fd < 0)
		return -1;
	if (set_size(fd, (off_t)size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
		*at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (*at != MAP_FAILED)
			return fd;
	}
	fd_drop(&fd);
	return -1;
}

int segment_create_status(struct wire_status **status)
{
	void *at;
	int fd = segment_create_memory("acktrace-status", sizeof(**status), &at);

	if (fd >= 0)
		*status = at;
	return fd;
}

int segment_create(struct wire_segment **segment, size_t size)
{
	void *at;
	int fd = segment_create_memory("acktrace", size, &at);
	struct wire_segment *s = at;
	struct wire_header *h;

	if (fd < 0)
		return -1;
	h = &s->header;
	h->version = WIRE_VERSION;
	h->header_size = sizeof(*h);
	h->segment_size = sizeof(*s);
	h->epoch_realtime = clock_ns(CLOCK_REALTIME);
	h->epoch_monotonic = clock_ns(CLOCK_MONOTONIC);
	__atomic_store_n(&h->magic, WIRE_MAGIC, __ATOMIC_RELEASE);
	*segment = s;
	return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int segment_salvage(const struct wire_segment *segment, const char *path)
{
	char temporary[PATH_MAX];
	int error, fd;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (write_all(fd, (const char *)segment, sizeof(*segment)) == 0 && fsync(fd) == 0 &&
	    rename(temporary, path) == 0) {
		close(fd);
		return 0;
	}
	error = errno;
	close(fd);
	unlink(temporary);
	errno = error;
	return -1;
}

uint64_t segment_now(const struct wire_segment *segment)
{
	return clock_ns(CLOCK_MONOTONIC) - segment->header.epoch_monotonic;
}

static void bump(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

void segment_lose(struct wire_segment *segment, enum wire_loss cause)
{
	__atomic_fetch_add(&segment->header.losses[cause], 1, __ATOMIC_RELAXED);
}

void segment_note(struct wire_segment *segment, enum wire_note kind)
{
	__atomic_fetch_add(&segment->header.notes[kind], 1, __ATOMIC_RELAXED);
}

void segment_set_state(struct wire_segment *segment, enum wire_state state)
{
	__atomic_store_n(&segment->header.state, state, __ATOMIC_SEQ_CST);
}

void segment_fail(struct wire_segment *segment, enum wire_failure step, int error)
{
	segment->header.failure_errno = error;
	__atomic_store_n(&segment->header.failure_step, step, __ATOMIC_RELEASE);
}

void segment_count(struct wire_segment *segment, const struct call *call)
{
	if (call->index < WIRE_NUMBERS) {
		bump(&segment->counts[call->abi][call->index]);
		return;
	}
	for (unsigned i = 0; i < WIRE_STRAYS; i++) {
		struct wire_stray *stray = &segment->strays[i];

		if (stray->abi == 0) {
			stray->number = call->index;
			__atomic_store_n(&stray->abi, call->abi + 1, __ATOMIC_RELEASE);
		}
		if (stray->abi == call->abi + 1 && stray->number == call->index) {
			bump(&stray->count);
			return;
		}
	}
	segment_lose(segment, WIRE_LOSS_STRAYS_FULL);
}

const struct wire_call_facts *segment_facts(const struct wire_segment *segment,
					    const struct call *call)
{
	return call->index < WIRE_NUMBERS ? &segment->facts[call->abi][call->index] : NULL;
}

struct wire_shape *segment_shape(struct wire_segment *segment, uint64_t fingerprint)
{
	for (unsigned i = 0; i < WIRE_SHAPE_PROBES; i++) {
		struct wire_shape *shape = &segment->shapes[wire_shape_slot(fingerprint, i)];

		if (shape->fingerprint == fingerprint || shape->fingerprint == 0)
			return shape;
	}
	return NULL;
}

void segment_shape_insert(struct wire_segment *segment, struct wire_shape *shape,
			  uint64_t fingerprint, uint64_t now)
{
	shape->count = 1;
	shape->first_ns = now;
	shape->last_ns = now;
	__atomic_store_n(&shape->fingerprint, fingerprint, __ATOMIC_RELEASE);
	bump(&segment->header.shapes);
}

static size_t text_room(uint32_t length)
{
	return sizeof(struct wire_text_head) + ((length + 7) & ~(size_t)7);
}

/* Copies the texts behind the record; returns how many found room. */
static unsigned copy_texts(char *to, size_t room, const struct text *texts, unsigned count)
{
	unsigned copied = 0;

	for (unsigned i = 0; i < count && room >= sizeof(struct wire_text_head) + 8; i++) {
		struct wire_text_head head = {
			.kind = texts[i].kind,
			.argument = texts[i].argument,
			.truncated = texts[i].truncated,
			.length = texts[i].length,
		};
		size_t most = (room - sizeof(head)) & ~(size_t)7;

		if (head.length > WIRE_TEXT_MAX)
			head.length = WIRE_TEXT_MAX;
		if (head.length > most)
			head.length = (uint32_t)most;
		if (head.length < texts[i].length)
			head.truncated = 1;
		memset(to, 0, text_room(head.length));
		memcpy(to, &head, sizeof(head));
		memcpy(to + sizeof(head), texts[i].bytes, head.length);
		to += text_room(head.length);
		room -= text_room(head.length);
		copied++;
	}
	return copied;
}

static unsigned slots_needed(const struct text *texts, unsigned count)
{
	size_t bytes = WIRE_SLOT_SIZE;

	for (unsigned i = 0; i < count; i++)
		bytes += text_room(texts[i].length);
	bytes = (bytes + WIRE_SLOT_SIZE - 1) / WIRE_SLOT_SIZE;
	return bytes > WIRE_RECORD_SLOTS ? WIRE_RECORD_SLOTS : (unsigned)bytes;
}

static void commit(struct wire_segment *segment, uint64_t cursor, const struct wire_record *record)
{
	struct wire_record *slot = (struct wire_record *)segment->ring[cursor % WIRE_RING_SLOTS];

	memcpy((char *)slot + sizeof(slot->commit), (const char *)record + sizeof(slot->commit),
	       sizeof(*slot) - sizeof(slot->commit));
	__atomic_store_n(&slot->commit, cursor + 1, __ATOMIC_RELEASE);
}

bool segment_publish(struct wire_segment *segment, const struct wire_record *record,
		     const struct text *texts, unsigned count)
{
	struct wire_header *h = &segment->header;
	uint64_t head = h->ring_head;
	uint64_t tail = __atomic_load_n(&h->ring_tail, __ATOMIC_ACQUIRE);
	unsigned slots = slots_needed(texts, count);
	unsigned before_end = WIRE_RING_SLOTS - (unsigned)(head % WIRE_RING_SLOTS);
	unsigned padding = before_end < slots ? before_end : 0;
	struct wire_record r = *record;

	if (tail > head || head - tail + padding + slots > WIRE_RING_SLOTS)
		return false;
	if (padding) {
		struct wire_record gap = {.kind = WIRE_KIND_PADDING, .slots = (uint16_t)padding};

		commit(segment, head, &gap);
		head += padding;
	}
	r.slots = (uint16_t)slots;
	r.texts =
		(uint16_t)copy_texts((char *)segment->ring[head % WIRE_RING_SLOTS] + WIRE_SLOT_SIZE,
				     (size_t)(slots - 1) * WIRE_SLOT_SIZE, texts, count);
	commit(segment, head, &r);
	__atomic_store_n(&h->ring_head, head + slots, __ATOMIC_SEQ_CST);
	return true;
}

static void ring(uint32_t *waits, int fd)
{
	if (fd < 0)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!__atomic_load_n(waits, __ATOMIC_SEQ_CST))
		return;
	if (!__atomic_exchange_n(waits, 0, __ATOMIC_SEQ_CST))
		return;
	if (write(fd, "!", 1) < 0)
		return; /* full: it will wake anyway; EPIPE: nobody sleeps there any more */
}

void segment_ring_doorbell(struct wire_segment *segment, int fd)
{
	ring(&segment->header.learner_waits, fd);
}

void segment_ring_by_status(struct wire_status *status, int fd)
{
	ring(&status->learner_waits, fd);
}
