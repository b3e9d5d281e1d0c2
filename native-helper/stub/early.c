/* SPDX-License-Identifier: Apache-2.0 */
/*
 * early.c - see early.h. What is changed is the same in every process, but for
 * addresses: jumps are relative, hops stand behind the end of the segment, in the
 * rest of its last page, and thunks have fixed places. The records of the calls are
 * in the area too, in a page for each image. Of what is there everything is
 * checked that could lead a write out of the text.
 */
#include "early.h"
#include "elf.h"
#include "patch.h"

#define LOADS	 8    /* processes that only watch */
#define WORTH	 6    /* traps of a process in one page that pay for changing text at all, */
#define AS_WELL	 2    /* and for another page */
#define CHAIN	 16   /* shapes of a site */
#define LOAD_ECX 0xb9 /* mov imm32, %ecx */

uint64_t ack_early_returns[ACK_EARLY_SITES] ACK_HOT;
ACK_HOT static uint64_t text_start, text_size;
ACK_HOT static uint32_t count; /* sites that are changed in this process */
static uint8_t page[ACK_PATCH_PAGE];

_Static_assert(sizeof(struct ack_early_image) <= ACK_PAGE, "a page for each image");

static struct ack_early *early(void)
{
	return &ack_area()->early;
}

static struct ack_early_image *image_of_process(void)
{
	uint32_t id = ack_process.image;

	return id > 0 && id <= ACK_EARLY_IMAGES ? &ack_area()->early_images[id - 1] : NULL;
}

/* ---- watching -------------------------------------------------------------------- */

static void add_heat(uint64_t site)
{
	struct ack_early *e = early();
	uint64_t offset = site - text_start;

	for (int i = 0; i < ACK_EARLY_SEEN; i++) {
		uint32_t found = 0;

		if (__atomic_compare_exchange_n(&e->seen[i].site, &found, (uint32_t)offset, 0,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
		    found == (uint32_t)offset) {
			__atomic_fetch_add(&e->seen[i].heat, 1, __ATOMIC_RELAXED);
			return;
		}
	}
}

static uint32_t page_of(uint32_t site)
{
	return (site - ACK_CALL_SIZE) & ~(uint32_t)(ACK_PAGE - 1);
}

/* Traps in the page of a site. */
static uint32_t heat_of_page(const struct ack_early *e, uint32_t at)
{
	uint32_t heat = 0;

	for (int i = 0; i < ACK_EARLY_SEEN; i++)
		if (e->seen[i].site && page_of(e->seen[i].site) == at)
			heat += e->seen[i].heat;
	return heat;
}

/* Notes every difference; 0: there are too many. */
static int add_edits(struct ack_early *e, uint32_t at, const uint8_t *was, const uint8_t *is)
{
	for (uint32_t i = 0; i < ACK_PAGE; i++) {
		struct ack_edit edit = {.at = at + i};

		if (was[i] == is[i])
			continue;
		if (e->edits_used == ACK_EARLY_EDITS)
			return 0;
		for (; i < ACK_PAGE && edit.size < sizeof(edit.is) && was[i] != is[i]; i++) {
			edit.was[edit.size] = was[i];
			edit.is[edit.size++] = is[i];
		}
		i--;
		e->edits[e->edits_used++] = edit;
	}
	return 1;
}

/* Where the hop of the next site is, as an offset in the text. */
static uint32_t next_hop(const struct ack_early *e)
{
	return e->first_hop + ACK_HOP_SIZE * e->sites_used;
}

/* Takes the first padding that is in reach: then the sites behind, which come later, have the most.
 * Returns the traps that are saved. */
static uint32_t change_site(struct ack_early *e, uint32_t site, uint32_t heat, uint32_t at)
{
	uint32_t from = 0;
	struct ack_patch patch = {.jump = ACK_PAGE}, next;

	if (e->sites_used == ACK_EARLY_SITES || next_hop(e) + ACK_HOP_SIZE > text_size ||
	    !ack_patch_can(page, ACK_PAGE, site - at))
		return 0;
	while (ack_patch_next(page, ACK_PAGE, site - at, &from, &next) && !next.choices)
		if (next.jump < patch.jump)
			patch = next;
	if (patch.jump == ACK_PAGE)
		return 0;
	ack_patch_apply(page, text_start + at, site - at, &patch, text_start + next_hop(e));
	e->sites[e->sites_used] = site;
	e->caves[e->sites_used++] = at + patch.jump;
	return heat;
}

/* The next site behind an offset; -1: there is none. */
static int next_site(const struct ack_early *e, uint32_t site)
{
	int next = -1;

	for (int i = 0; i < ACK_EARLY_SEEN; i++)
		if (e->seen[i].site > site && (next < 0 || e->seen[i].site < e->seen[next].site))
			next = i;
	return next;
}

/* Changes what is known of a page, if that saves so many traps. Returns 0 if nothing must be
 * changed at all. */
static int change_page(struct ack_early *e, uint32_t at, uint32_t worth)
{
	const uint8_t *was = (const uint8_t *)(uintptr_t)(text_start + at);
	uint32_t saved = 0, sites = e->sites_used;
	int i;

	memcpy(page, was, ACK_PAGE);
	for (uint32_t site = at + ACK_CALL_SIZE - 1;
	     (i = next_site(e, site)) >= 0 && page_of(e->seen[i].site) == at;
	     site = e->seen[i].site)
		saved += change_site(e, e->seen[i].site, e->seen[i].heat, at);
	if (saved >= worth)
		return add_edits(e, at, was, page);
	e->sites_used = sites;
	return 1;
}

/* Decides what is changed from now on: the page that is worth it most, and others if there is one.
 */
static void decide(struct ack_early *e, uint64_t end)
{
	uint32_t most = 0, best = 0;
	int good;

	e->first_hop = (uint32_t)((end - text_start + ACK_HOP_SIZE - 1) & ~(ACK_HOP_SIZE - 1ULL));
	for (uint32_t at = 0; at < text_size; at += ACK_PAGE) {
		uint32_t heat = heat_of_page(e, at);

		if (heat > most) {
			most = heat;
			best = at;
		}
	}
	good = change_page(e, best, WORTH * e->loads);
	for (uint32_t at = 0; good && e->sites_used && at < text_size; at += ACK_PAGE)
		if (at != best && heat_of_page(e, at) >= AS_WELL * e->loads)
			good = change_page(e, at, AS_WELL * e->loads);
	if (!good)
		e->sites_used = 0;
}

void ack_early_watch(uint64_t identity, uint64_t start, uint64_t size, uint64_t end)
{
	struct ack_early *e = early();
	uint64_t nobody = 0;
	uint32_t watching = ACK_EARLY_WATCHING;

	if (identity == 0 || !ack_area()->accelerate || size > INT32_MAX ||
	    __atomic_load_n(&e->state, __ATOMIC_ACQUIRE) != ACK_EARLY_WATCHING ||
	    (!__atomic_compare_exchange_n(&e->identity, &nobody, identity, 0, __ATOMIC_RELAXED,
					  __ATOMIC_RELAXED) &&
	     nobody != identity))
		return;
	text_start = start;
	text_size = size;
	if (__atomic_fetch_add(&e->loads, 1, __ATOMIC_RELAXED) < LOADS ||
	    !__atomic_compare_exchange_n(&e->state, &watching, ACK_EARLY_DECIDING, 0,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	decide(e, end);
	__atomic_store_n(&e->state, e->sites_used ? ACK_EARLY_READY : ACK_EARLY_NEVER,
			 __ATOMIC_RELEASE);
}

/* ---- changing ---------------------------------------------------------------------- */

int ack_early_is_ready(uint64_t identity)
{
	const struct ack_early *e = early();

	ack_touch(e);
	return identity != 0 && !ack_process.confined && ack_area()->accelerate &&
	       __atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == ACK_EARLY_READY &&
	       e->identity == identity && image_of_process() != NULL;
}

static int apply_edits(const struct ack_early *e, uint64_t start, uint64_t size)
{
	uint64_t touched = 0;

	for (uint32_t i = 0; i < e->edits_used && i < ACK_EARLY_EDITS; i++) {
		const struct ack_edit *edit = &e->edits[i];
		uint64_t at = start + edit->at;

		if (edit->size > sizeof(edit->is) || edit->at + (uint64_t)edit->size > size)
			return 0;
		if (at / ACK_PAGE != touched)
			ack_touch((const void *)(uintptr_t)at);
		touched = at / ACK_PAGE;
		if (memcmp((const void *)(uintptr_t)at, edit->was, edit->size) != 0)
			return 0;
		memcpy((void *)(uintptr_t)at, edit->is, edit->size);
	}
	return 1;
}

static void put32(uint8_t *to, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* mov $head, %ecx; jmp *ack_fast_vector */
static void put_hop(uint64_t at, uint64_t head)
{
	uint8_t *hop = (uint8_t *)(uintptr_t)at;

	hop[0] = LOAD_ECX;
	put32(hop + 1, head);
	hop[5] = 0xff;
	hop[6] = 0x24;
	hop[7] = 0x25;
	put32(hop + 8, address_of(&ack_fast_vector));
}

/* The first record of a site; it fits no call, and the others follow it. */
static struct ack_early_head *head_of(struct ack_early_image *image, uint32_t index)
{
	struct ack_early_head *head = &image->heads[index];

	if (__atomic_load_n(&head->slow, __ATOMIC_ACQUIRE) == 0) {
		head->kind = ACK_FAST_NONE;
		__atomic_store_n(&head->slow,
				 address_of(ack_early_slow_calls) + ACK_EARLY_CALL * index,
				 __ATOMIC_RELEASE);
	}
	return head;
}

int ack_early_change(uint64_t start, uint64_t size)
{
	const struct ack_early *e = early();
	struct ack_early_image *image = image_of_process();
	uint32_t sites = e->sites_used;

	if (!image || sites > ACK_EARLY_SITES ||
	    e->first_hop + (uint64_t)ACK_HOP_SIZE * sites > size || !apply_edits(e, start, size))
		return 0;
	text_start = start;
	ack_touch(image);
	for (uint32_t i = 0; i < sites; i++) {
		ack_early_returns[i] = ack_look_sites[i] = start + e->sites[i];
		ack_look_numbers[i] = __NR_openat;
		put_hop(start + e->first_hop + ACK_HOP_SIZE * i, address_of(head_of(image, i)));
	}
	count = sites;
	return 1;
}

void ack_early_forget(void)
{
	for (uint32_t i = 0; i < count; i++)
		ack_early_returns[i] = ack_look_sites[i] = ack_look_numbers[i] = 0;
	count = 0;
	text_start = 0;
}

/* ---- calls ---------------------------------------------------------------------------- */

/* Makes the record of a call; 0: this one has to trap. */
static int describe(const struct ack_call *call, uint64_t fingerprint, uint32_t index,
		    struct ack_fast_call *made)
{
	if (!ack_fast_describe(call, fingerprint, index, made))
		return 0;
	made->slow = address_of(ack_early_slow_calls) + ACK_EARLY_CALL * index;
	if (made->thunk == ack_thunk_for(call->site, 0))
		made->thunk = address_of(ack_early_thunks) + ACK_EARLY_CALL * index;
	else if (call->number == __NR_openat)
		made->thunk = address_of(ack_look_thunks) + ACK_POST_THUNK * index;
	else
		return 0;
	return 1;
}

/* Adds a record to those of a site. Others may do so at the same time, for this image too. */
static void add_call(struct ack_early_image *image, uint32_t index,
		     const struct ack_fast_call *made)
{
	uint64_t *last = &head_of(image, index)->next;
	struct ack_fast_call *own = NULL;

	for (int i = 0; i < CHAIN; i++) {
		uint64_t found = __atomic_load_n(last, __ATOMIC_ACQUIRE);
		uint64_t place = found - address_of(image->calls);

		if (found == 0 && !own) {
			uint32_t used = __atomic_load_n(&image->used, __ATOMIC_RELAXED);

			if (used >= ACK_EARLY_CALLS ||
			    !__atomic_compare_exchange_n(&image->used, &used, used + 1, 0,
							 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
				return; /* no room, or another thread was quicker: it traps again */
			own = &image->calls[used];
			*own = *made;
		}
		if (found == 0 && __atomic_compare_exchange_n(last, &found, address_of(own), 0,
							      __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
			return;
		place = found - address_of(image->calls);
		if (place >= sizeof(image->calls) || place % sizeof(*image->calls))
			return; /* somebody has scribbled over it */
		if (ack_fast_is_same((const struct ack_fast_call *)(uintptr_t)found, made))
			return;
		last = &((struct ack_fast_call *)(uintptr_t)found)->next;
	}
}

int ack_early_call(const struct ack_call *call, uint64_t fingerprint)
{
	struct ack_early_image *image = image_of_process();
	struct ack_fast_call made;

	if (count == 0) {
		if (call->site - text_start < text_size)
			add_heat(call->site);
		return 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (ack_early_returns[i] != call->site)
			continue;
		if (image && describe(call, fingerprint, i, &made))
			add_call(image, i, &made);
		return 1;
	}
	return 0;
}

/* ---- from addresses to sites ------------------------------------------------------------- */

static uint64_t site_in(uint64_t address, const char *calls)
{
	uint64_t offset = address - address_of(calls);

	return offset < ACK_EARLY_CALL * ACK_EARLY_SITES
		       ? ack_early_returns[offset / ACK_EARLY_CALL]
		       : 0;
}

uint64_t ack_early_site(uint64_t address)
{
	uint64_t call = address - ACK_CALL_SIZE;

	return call % ACK_EARLY_CALL == 0 ? site_in(call, ack_early_slow_calls) : 0;
}

uint64_t ack_early_site_of(uint64_t address, int *started)
{
	*started = address % ACK_EARLY_CALL != 0;
	return site_in(address, ack_early_thunks);
}

/* The site from which ack_fast was entered with this record. */
static uint64_t site_of_record(uint64_t record)
{
	const struct ack_early_image *image = image_of_process();
	uint64_t head, call, index;

	if (!image)
		return 0;
	head = record - address_of(image->heads);
	call = record - address_of(image->calls);
	index = head / sizeof(*image->heads);
	if (call < sizeof(image->calls))
		index = image->calls[call / sizeof(*image->calls)].site_index;
	else if (head >= sizeof(image->heads))
		return 0;
	return index < count ? ack_early_returns[index] : 0;
}

/* The site that jumps to an address in the loader's text. */
static uint64_t site_on_the_way(uint64_t address)
{
	const struct ack_early *e = early();
	uint64_t hop = address - text_start - e->first_hop;

	if (hop < (uint64_t)ACK_HOP_SIZE * count)
		return ack_early_returns[hop / ACK_HOP_SIZE];
	for (uint32_t i = 0; i < count; i++)
		if (address == text_start + e->caves[i])
			return ack_early_returns[i];
	return 0;
}

int ack_early_show(struct sigcontext *r)
{
	uint64_t site = 0, slow = site_in(r->rip, ack_early_slow_calls);

	if (count == 0)
		return 0;
	if (slow && r->rip % ACK_EARLY_CALL) { /* the filter let it pass */
		r->rip = slow;
		return 1;
	}
	if (slow)
		site = slow;
	else if (r->rip - address_of(ack_fast) < address_of(ack_fast_posts) - address_of(ack_fast))
		site = site_of_record(r->rcx);
	else
		site = site_on_the_way(r->rip);
	if (site)
		r->rip = site - ACK_CALL_SIZE;
	return site != 0;
}
