/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - counts, shapes, records. Many processes write at once and any of
 * them may be killed between two instructions: counters are atomic and sharded
 * by processor, the ring is claimed by compare and exchange and committed last,
 * a shape is entered only behind its record. No lock, and for a known shape no
 * call.
 */
#include "ring.h"
#include "stub.h"
#include <linux/audit.h>
#include <linux/time.h>

#define X32_BIT	      0x40000000u
#define SOCKADDR_MAX  128
#define TEXTS	      5 /* most texts of one record */
#define SITE_MAX      256
#define COMMAND_MAX   16
#define PR_GET_NAME   16
#define PATH_CUT      512 /* longer paths are cut */
#define ROOMS	      8
#define WRITER_LOOKS  1000   /* how often a process that ends looks for records under way */
#define WRITER_YIELDS 100    /* so many of them soon */
#define WRITER_REST   100000 /* ns between the others: whoever writes may wait for a processor */

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return x;
}

ACK_HOT uint32_t ack_has_rdpid;

/* The processor's number, from where the kernel keeps it for getcpu: a register that rdpid reads,
 * or else the limit of a descriptor (GDT_ENTRY_CPUNODE), which takes fifteen times as long. */
static uint32_t shard(void)
{
	uint64_t number = 0;

	if (ack_has_rdpid)
		__asm__("rdpid %0" : "=r"(number));
	else
		__asm__("lsl %k1, %k0" : "+r"(number) : "r"(0x7b) : "cc");
	return ((uint32_t)number & (ACK_SHARDS - 1)) ^ ACK_SHARD_FIRST;
}

static void add(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void ack_fast_uncount(uint64_t record)
{
	const struct ack_fast_call *fast = (const void *)(uintptr_t)record;
	uint64_t counter = fast->count + ((uint64_t)shard() << ACK_FAST_SHARD);

	__atomic_fetch_sub((uint64_t *)(uintptr_t)counter, 1, __ATOMIC_RELAXED);
}

void ack_loss(enum wire_loss loss)
{
	add(&ack_segment()->header.losses[loss]);
}

void ack_note(enum wire_note note)
{
	add(&ack_segment()->header.notes[note]);
}

static uint32_t index_of(uint32_t abi, uint32_t number)
{
	return abi == WIRE_ABI_X32 ? number & ~X32_BIT : number;
}

static void count_stray(uint32_t abi, uint32_t number)
{
	struct wire_stray *strays = ack_segment()->strays;

	for (int i = 0; i < WIRE_STRAYS; i++) {
		uint32_t found = 0;

		/* The number is stored behind the claim: a reader may see it 0 for a moment. */
		if (__atomic_compare_exchange_n(&strays[i].abi, &found, abi + 1, 0,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			__atomic_store_n(&strays[i].number, number, __ATOMIC_RELAXED);
		else if (found != abi + 1 || strays[i].number != number)
			continue;
		add(&strays[i].count);
		return;
	}
	ack_loss(WIRE_LOSS_STRAYS_FULL);
}

void ack_count(uint32_t abi, uint32_t number)
{
	uint32_t index = index_of(abi, number);

	if (index < WIRE_NUMBERS)
		add(ack_number_count(ack_area(), shard(), abi, index));
	else
		count_stray(abi, index);
}

const struct wire_call_facts *ack_facts(const struct ack_call *call)
{
	uint32_t index = index_of(call->abi, call->number);

	return index < WIRE_NUMBERS ? ack_call_facts(ack_area(), ack_segment(), call->abi, index)
				    : NULL;
}

static uint64_t fingerprint_of(const struct ack_call *call, uint64_t image_hash)
{
	const struct wire_call_facts *facts = ack_facts(call);
	uint64_t h = mix(WIRE_MIX_SEED ^ image_hash);

	h = mix(h ^ call->abi);
	h = mix(h ^ index_of(call->abi, call->number));
	for (int i = 0; i < WIRE_ARGUMENTS; i++)
		h = mix(h ^ (facts ? call->arguments[i] & facts->mask[i] : 0));
	return h ? h : 1;
}

uint64_t ack_fingerprint(const struct ack_call *call)
{
	return fingerprint_of(call, ack_process.image_hash);
}

/* The slot of a shape; a free one if it is not there; NULL if there is no room. */
static struct wire_shape *slot_of(uint64_t fingerprint)
{
	struct wire_shape *shapes = ack_segment()->shapes;

	for (uint32_t i = 0; i < WIRE_SHAPE_PROBES; i++) {
		struct wire_shape *slot = &shapes[wire_shape_slot(fingerprint, i)];
		uint64_t found = __atomic_load_n(&slot->fingerprint, __ATOMIC_ACQUIRE);

		if (found == fingerprint || found == 0)
			return slot;
	}
	return NULL;
}

/* The counter of a shape, from 1; 0: there is none left. */
static uint32_t counter_of(const struct wire_shape *slot)
{
	uint32_t *id = ack_shape_id(ack_area(), (uint32_t)(slot - ack_segment()->shapes));
	uint32_t given = __atomic_load_n(id, __ATOMIC_RELAXED);

	if (given == 0) {
		uint32_t next = __atomic_add_fetch(&ack_area()->next_shape, 1, __ATOMIC_RELAXED);

		/* Of two at once one wins, and the other's number stays unused. */
		if (next > WIRE_SHAPES ||
		    __atomic_compare_exchange_n(id, &given, next, 0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			given = next <= WIRE_SHAPES ? next : 0;
	}
	return given;
}

static void count_shape(const struct wire_shape *slot)
{
	uint32_t id = counter_of(slot);

	if (id > 0 && id <= WIRE_SHAPES)
		add(ack_trapped_count(ack_area(), id - 1, shard()));
}

uint64_t ack_fast_counter(uint64_t fingerprint, uint32_t number, uint64_t *verdict)
{
	struct wire_shape *slot = slot_of(fingerprint);
	uint32_t id = slot && slot->fingerprint == fingerprint ? counter_of(slot) : 0;

	if (id == 0 || id > WIRE_SHAPES)
		return 0;
	*ack_fast_number(ack_area(), id - 1) = (uint16_t)number;
	*verdict = address_of(&slot->verdict);
	return address_of(ack_fast_count(ack_area(), id - 1, 0));
}

struct ack_sighting ack_look(const struct ack_call *call)
{
	uint64_t fingerprint = fingerprint_of(call, ack_process.image_hash);
	struct wire_shape *slot = slot_of(fingerprint);
	struct ack_sighting sighting = {.key = fingerprint};

	if (!slot) {
		ack_loss(WIRE_LOSS_SHAPES_FULL);
	} else if (slot->fingerprint == fingerprint) {
		count_shape(slot);
		sighting.verdict = __atomic_load_n(&slot->verdict, __ATOMIC_ACQUIRE);
		sighting.verdict_errno = (int32_t)slot->verdict_errno;
	} else {
		sighting.fingerprint = fingerprint;
	}
	return sighting;
}

uint32_t ack_verdict(uint64_t fingerprint, int32_t *error)
{
	struct wire_shape *slot = slot_of(fingerprint);

	if (!slot || slot->fingerprint != fingerprint)
		return WIRE_VERDICT_NONE;
	*error = (int32_t)slot->verdict_errno;
	return __atomic_load_n(&slot->verdict, __ATOMIC_ACQUIRE);
}

/* ---- the ring ------------------------------------------------------------- */

static uint64_t now(void)
{
	struct __kernel_timespec time = {0};

	if (ack_process.confined)
		return 0;
	sys3(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, address_of(&time), 0);
	return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec -
	       ack_segment()->header.epoch_monotonic;
}

void ack_signal_seen(const siginfo_t *info)
{
	struct ack_area *area = ack_area();
	int number = info->si_signo;

	if (info->si_code > 0 || number < 1 || number > 64 ||
	    ack_pid() != ack_segment()->header.root_pid)
		return;
	__atomic_store_n(&area->seen[number].when, now(), __ATOMIC_RELEASE);
	__atomic_store_n(&area->seen[number].sender, info->si_pid, __ATOMIC_RELEASE);
}

/* Threads of this process that hold slots of the ring and have not committed them. In the page that
 * fork clears: the others do not live in the child. */
ACK_WIPED static volatile uint32_t writers;

void ack_wait_for_writers(void)
{
	const struct __kernel_timespec rest = {.tv_nsec = WRITER_REST};

	for (int i = 0; i < WRITER_LOOKS; i++) {
		if (!ack_wipes || !__atomic_load_n(&writers, __ATOMIC_ACQUIRE))
			return;
		if (ack_process.confined)
			continue;
		if (i < WRITER_YIELDS)
			sys1(__NR_sched_yield, 0);
		else
			sys3(__NR_nanosleep, address_of(&rest), 0, 0);
	}
}

static int put(const struct wire_record *head, const struct ack_text *texts, unsigned count)
{
	if (ack_ring_put(ack_segment(), head, texts, count))
		return 1;
	ack_loss(WIRE_LOSS_RING_FULL);
	return 0;
}

static int publish(const struct wire_record *head, const struct ack_text *texts, unsigned count)
{
	int done;

	if (!ack_is_wiped_on_fork())
		return put(head, texts, count);
	__atomic_fetch_add(&writers, 1, __ATOMIC_ACQUIRE);
	done = put(head, texts, count);
	__atomic_fetch_sub(&writers, 1, __ATOMIC_RELEASE);
	return done;
}

/* The text of argument i, if it is one; 0 or 1. `room` is PATH_CUT bytes. */
static unsigned text_of(const struct ack_call *call, int i, char *room, struct ack_text *text)
{
	const struct wire_call_facts *facts = ack_facts(call);
	uint8_t kind = facts ? facts->text[i] : WIRE_TEXT_NONE;
	uint8_t length_at = facts ? facts->length[i] : 0;
	long n = -EFAULT;

	if ((kind != WIRE_TEXT_PATH && kind != WIRE_TEXT_SOCKADDR) || call->arguments[i] == 0)
		return 0;
	*text = (struct ack_text){.kind = kind, .argument = (uint8_t)i, .bytes = room};
	if (kind == WIRE_TEXT_PATH) {
		n = ack_read_text(room, call->arguments[i], PATH_CUT);
		if (n == -ENAMETOOLONG) {
			text->truncated = 1;
			n = PATH_CUT;
		}
	} else if (length_at < WIRE_ARGUMENTS) {
		uint32_t size = (uint32_t)call->arguments[length_at];

		n = size < SOCKADDR_MAX ? size : SOCKADDR_MAX;
		if (n > 0 && ack_read(room, call->arguments[i], (size_t)n) < 0)
			n = -EFAULT;
	}
	if (n < 0) {
		ack_loss(WIRE_LOSS_TEXT);
		return 0;
	}
	text->length = (uint32_t)n;
	return 1;
}

static void enter(uint64_t fingerprint, uint64_t time)
{
	struct wire_shape *shapes = ack_segment()->shapes;

	for (uint32_t i = 0; i < WIRE_SHAPE_PROBES; i++) {
		struct wire_shape *slot = &shapes[wire_shape_slot(fingerprint, i)];
		uint64_t found = 0;

		if (__atomic_compare_exchange_n(&slot->fingerprint, &found, fingerprint, 0,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			slot->first_ns = slot->last_ns = time;
			count_shape(slot);
			add(&ack_segment()->header.shapes);
			return;
		}
		if (found == fingerprint) {
			count_shape(slot);
			return;
		}
	}
	ack_loss(WIRE_LOSS_SHAPES_FULL);
}

/* Where the texts of a record are gathered: the target may stand on a small stack. */
struct room {
	char command[COMMAND_MAX], site[SITE_MAX], argument[2][PATH_CUT];
};

static struct room rooms[ROOMS];
/* 1: in use. In the page that fork clears: the other threads do not live in the child. */
ACK_WIPED static volatile uint32_t room_owned[ROOMS];

static struct room *take_room(void)
{
	for (int i = 0; i < ROOMS; i++)
		if (!__atomic_exchange_n(&room_owned[i], 1, __ATOMIC_ACQUIRE))
			return &rooms[i];
	ack_loss(WIRE_LOSS_TEXT);
	return NULL;
}

static void give_room_back(const struct room *room)
{
	__atomic_store_n(&room_owned[room - rooms], 0, __ATOMIC_RELEASE);
}

static unsigned gather_texts(const struct ack_call *call, struct room *room,
			     struct wire_record *record, struct ack_text *texts)
{
	unsigned count = 0, arguments = 0;

	if (!ack_process.confined) {
		sys3(__NR_prctl, PR_GET_NAME, address_of(room->command), 0);
		room->command[COMMAND_MAX - 1] = '\0';
		texts[count++] = (struct ack_text){WIRE_TEXT_COMMAND, 255, 0,
						   (uint32_t)strlen(room->command), room->command};
	}
	texts[count].length =
		ack_where(call->site, room->site, sizeof(room->site), &record->site_offset);
	if (texts[count].length) {
		texts[count] =
			(struct ack_text){WIRE_TEXT_SITE, 255, 0, texts[count].length, room->site};
		count++;
	}
	for (int i = 0; i < WIRE_ARGUMENTS && arguments < 2; i++) {
		if (text_of(call, i, room->argument[arguments], &texts[count])) {
			count++;
			arguments++;
		}
	}
	return count;
}

int ack_publish(const struct ack_call *call, uint64_t fingerprint, uint16_t flags, int64_t result)
{
	struct room *room = take_room();
	struct ack_text texts[TEXTS];
	unsigned count = 0;
	int done;
	struct wire_record record = {
		.kind = WIRE_KIND_CALL,
		.flags = flags,
		.pid = ack_pid(),
		.arch = call->abi == WIRE_ABI_I386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64,
		.number = call->number,
		.instruction_pointer = call->site,
		.result = result,
		.fingerprint = fingerprint,
		.image = ack_process.image,
		.time_ns = now(),
	};

	if (!ack_process.confined) {
		record.pid = (int32_t)sys1(__NR_getpid, 0);
		record.tid = (int32_t)sys1(__NR_gettid, 0);
	}
	if (room)
		count = gather_texts(call, room, &record, texts);
	memcpy(record.arguments, call->arguments, sizeof(record.arguments));
	done = publish(&record, texts, count);
	if (room)
		give_room_back(room);
	if (done)
		enter(fingerprint, record.time_ns);
	return done;
}

void ack_infer(uint32_t number, uint64_t site)
{
	struct ack_call call = {.abi = WIRE_ABI_X86_64, .number = number, .site = site};
	struct ack_sighting seen;

	ack_count(call.abi, number);
	seen = ack_look(&call);
	if (seen.fingerprint)
		ack_publish(&call, seen.fingerprint, WIRE_FLAG_AT_ENTRY, 0);
}

/* ---- images ------------------------------------------------------------------ */

static uint64_t hash_path(const char *path, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < size; i++) {
		hash ^= (unsigned char)path[i];
		hash *= 0x100000001b3ULL;
	}
	return hash;
}

void ack_publish_refused(const char *path, long result, int32_t reason)
{
	struct ack_text text = {WIRE_TEXT_IMAGE, 255, 0, (uint32_t)strlen(path), path};
	struct wire_record record = {
		.kind = WIRE_KIND_REFUSED,
		.arguments = {(uint64_t)reason},
		.pid = ack_pid(),
		.tid = ack_pid(),
		.result = result,
		.image = ack_process.image,
		.time_ns = now(),
	};

	ack_loss(WIRE_LOSS_IMAGE_REFUSED);
	if (text.length > WIRE_TEXT_MAX)
		text.length = WIRE_TEXT_MAX;
	publish(&record, &text, 1);
}

void ack_publish_image(uint32_t previous)
{
	uint64_t hash = hash_path(ack_process.exe, ack_process.exe_size);
	struct ack_text text = {WIRE_TEXT_IMAGE, 255, 0, ack_process.exe_size, ack_process.exe};
	struct wire_record record = {.kind = WIRE_KIND_IMAGE};

	ack_process.image = 0;
	ack_process.image_hash = hash;
	add(&ack_segment()->header.executions);
	for (uint32_t id = 1; id < WIRE_IMAGES; id++) {
		uint64_t found = 0;
		int is_new = __atomic_compare_exchange_n(ack_image(ack_area(), id), &found, hash, 0,
							 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);

		if (!is_new && found != hash)
			continue;
		ack_process.image = id;
		if (!is_new)
			return;
		__atomic_fetch_add(&ack_segment()->header.images, 1, __ATOMIC_RELAXED);
		break;
	}
	if (ack_process.image == 0) {
		ack_loss(WIRE_LOSS_IMAGES_FULL);
		ack_process.image_hash = 0;
		return;
	}
	record.pid = record.tid = ack_pid();
	record.arguments[0] = previous;
	record.arguments[1] = hash;
	record.image = ack_process.image;
	record.time_ns = now();
	publish(&record, &text, 1);
}
