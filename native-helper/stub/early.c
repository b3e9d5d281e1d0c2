/* SPDX-License-Identifier: Apache-2.0 */
/*
 * early.c - see early.h. The area belongs to every process of the target, so what
 * stands there is only advice: where sites are, where padding is, which calls were
 * made. Each process looks for itself whether that is so, as it would if the site
 * had trapped here, and makes its own hops and records. Hops stand behind the end
 * of the segment, in the rest of its last page.
 */
#include "early.h"
#include "elf.h"
#include "patch.h"

#define LOADS	 4    /* processes that only watch */
#define WORTH	 24   /* traps of theirs in one page that pay for changing text at all, */
#define AS_WELL	 6    /* and for another page */
#define CHAIN	 16   /* shapes of a site */
#define LOAD_ECX 0xb9 /* mov imm32, %ecx */

uint64_t ack_early_returns[ACK_EARLY_SITES] ACK_HOT;
ACK_HOT static uint64_t text_start, text_size;
ACK_HOT static uint32_t count; /* sites that are changed in this process */
static uint8_t page[ACK_PATCH_PAGE];
ACK_HOT static uint32_t first_hop, caves[ACK_EARLY_SITES]; /* offsets in the text */

/* The first record of a site; it fits no call, and the others follow it. */
struct head {
	uint32_t number, kind;
	uint64_t next, thunk, slow;
};

/* What the sites of this process do; in one page. */
static struct {
	struct head heads[ACK_EARLY_SITES];
	struct ack_fast_call calls[ACK_EARLY_CALLS];
	uint32_t used;
} own __attribute__((aligned(ACK_PATCH_PAGE)));

_Static_assert(sizeof(own) <= ACK_PAGE, "a page");

static struct ack_early *early(void)
{
	return &ack_area()->early;
}

static struct ack_early_image *image_of_process(void)
{
	uint32_t id = ack_process.image;

	return id > 0 && id <= ACK_EARLY_IMAGES ? ack_early_image(ack_area(), id) : NULL;
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

/* Where the hop of the next site is, as an offset in the text. */
static uint32_t next_hop(const struct ack_early *e)
{
	return first_hop + ACK_HOP_SIZE * e->sites_used;
}

/* Takes the first padding that is in reach: then the sites behind, which come later, have the most.
 * Returns the traps that are saved. */
static uint32_t choose_site(struct ack_early *e, uint32_t site, uint32_t heat, uint32_t at)
{
	uint32_t from = 0;
	struct ack_patch patch = {.jump = ACK_PAGE}, next;

	if (e->sites_used >= ACK_EARLY_SITES || next_hop(e) + ACK_HOP_SIZE > text_size ||
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

/* Chooses what is known of a page, if that saves so many traps. */
static void choose_page(struct ack_early *e, uint32_t at, uint32_t worth)
{
	uint32_t saved = 0, sites = e->sites_used;
	int i;

	memcpy(page, (const void *)(uintptr_t)(text_start + at), ACK_PAGE);
	for (uint32_t site = at + ACK_CALL_SIZE - 1;
	     (i = next_site(e, site)) >= 0 && page_of(e->seen[i].site) == at;
	     site = e->seen[i].site)
		saved += choose_site(e, e->seen[i].site, e->seen[i].heat, at);
	if (saved < worth)
		e->sites_used = sites;
}

static void find_hops(uint64_t end)
{
	first_hop = (uint32_t)((end - text_start + ACK_HOP_SIZE - 1) & ~(ACK_HOP_SIZE - 1ULL));
}

/* Decides what is changed from now on: the page that is worth it most, and others if there is one.
 */
static void decide(struct ack_early *e)
{
	uint32_t most = 0, best = 0;

	for (uint32_t at = 0; at < text_size; at += ACK_PAGE) {
		uint32_t heat = heat_of_page(e, at);

		if (heat > most) {
			most = heat;
			best = at;
		}
	}
	choose_page(e, best, WORTH);
	for (uint32_t at = 0; e->sites_used && at < text_size; at += ACK_PAGE)
		if (at != best && heat_of_page(e, at) >= AS_WELL)
			choose_page(e, at, AS_WELL);
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
	find_hops(end);
	decide(e);
	__atomic_store_n(&e->state, e->sites_used ? ACK_EARLY_READY : ACK_EARLY_NEVER,
			 __ATOMIC_RELEASE);
}

/* ---- changing ---------------------------------------------------------------------- */

int ack_early_is_ready(uint64_t identity)
{
	const struct ack_early *e = early();

	return identity != 0 && !ack_process.confined && ack_area()->accelerate &&
	       __atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == ACK_EARLY_READY &&
	       e->identity == identity && image_of_process() != NULL;
}

/* mov $head, %ecx; jmp *ack_fast_vector */
static void put_hop(uint64_t at, uint64_t head)
{
	uint8_t *hop = (uint8_t *)(uintptr_t)at;

	hop[0] = LOAD_ECX;
	ack_patch_put32(hop + 1, head);
	hop[5] = 0xff;
	hop[6] = 0x24;
	hop[7] = 0x25;
	ack_patch_put32(hop + 8, address_of(&ack_fast_vector));
}

/* Rewrites a site, if it is one and there is padding where it should be. */
static int change_site(uint64_t start, uint64_t size, uint32_t site, uint32_t cave, uint64_t hop)
{
	uint8_t *text = (uint8_t *)(uintptr_t)start;
	struct ack_patch patch;

	if (site < ACK_CALL_SIZE || site >= size || cave >= size)
		return 0;
	ack_touch(text + site - ACK_CALL_SIZE);
	if (!ack_patch_can(text, (uint32_t)size, site) ||
	    !ack_patch_at(text, (uint32_t)size, site, cave, &patch))
		return 0;
	ack_patch_apply(text, start, site, &patch, hop);
	return 1;
}

/* Makes the record of a call; 0: this one has to trap. */
static int describe(const struct ack_call *call, uint64_t fingerprint, uint32_t index,
		    struct ack_fast_call *made)
{
	if (call->number == __NR_getdents64 || !ack_fast_describe(call, fingerprint, index, made))
		return 0;
	made->slow = address_of(ack_early_slow_calls) + ACK_EARLY_CALL * index;
	return 1;
}

static int add_call(uint32_t index, const struct ack_fast_call *made);

/* Makes records of the calls that others made at these sites, of those that are known. */
static void take_over_calls(const struct ack_early_image *image)
{
	for (uint32_t i = 0; i < image->used && i < ACK_EARLY_CALLS; i++) {
		uint32_t index = image->calls[i].site;
		struct ack_fast_call made;
		struct ack_call call = {.abi = WIRE_ABI_X86_64, .number = image->calls[i].number};

		if (index >= count)
			continue;
		call.site = ack_early_returns[index];
		memcpy(call.arguments, image->calls[i].arguments, sizeof(call.arguments));
		if (describe(&call, ack_fingerprint(&call), index, &made))
			add_call(index, &made);
	}
}

int ack_early_change(uint64_t start, uint64_t size, uint64_t end)
{
	const struct ack_early *e = early();
	uint32_t sites = e->sites_used;

	text_start = start;
	text_size = size;
	find_hops(end);
	if (sites > ACK_EARLY_SITES || size > INT32_MAX ||
	    first_hop + (uint64_t)ACK_HOP_SIZE * sites > size)
		return 0;
	for (uint32_t i = 0; i < sites; i++) {
		uint32_t site = e->sites[i];
		uint64_t hop = start + first_hop + ACK_HOP_SIZE * i;

		caves[i] = e->caves[i];
		if (!change_site(start, size, site, caves[i], hop))
			return 0;
		put_hop(hop, address_of(&own.heads[i]));
		own.heads[i].kind = ACK_FAST_NONE;
		own.heads[i].slow = address_of(ack_early_slow_calls) + ACK_EARLY_CALL * i;
		ack_early_returns[i] = start + site;
	}
	count = sites;
	take_over_calls(image_of_process());
	return 1;
}

void ack_early_forget(void)
{
	if (text_start)
		memset(&own, 0, sizeof(own));
	count = 0;
	text_start = text_size = 0;
}

/* ---- calls ---------------------------------------------------------------------------- */

/* Adds a record to those of a site; other threads may do so at the same time. Returns 0 if it is
 * there, or there is no room. */
static int add_call(uint32_t index, const struct ack_fast_call *made)
{
	uint64_t *last = &own.heads[index].next;
	struct ack_fast_call *fast = NULL;

	for (int i = 0; i < CHAIN; i++) {
		uint64_t found = __atomic_load_n(last, __ATOMIC_ACQUIRE);

		if (found == 0 && !fast) {
			uint32_t used = __atomic_load_n(&own.used, __ATOMIC_RELAXED);

			if (used >= ACK_EARLY_CALLS ||
			    !__atomic_compare_exchange_n(&own.used, &used, used + 1, 0,
							 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
				return 0; /* or another thread was quicker: it traps again */
			fast = &own.calls[used];
			*fast = *made;
		}
		if (found == 0 && __atomic_compare_exchange_n(last, &found, address_of(fast), 0,
							      __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
			return 1;
		if (ack_fast_is_same((const struct ack_fast_call *)(uintptr_t)found, made))
			return 0;
		last = &((struct ack_fast_call *)(uintptr_t)found)->next;
	}
	return 0;
}

/* Is such a call among those that the next process of the image takes over? */
static int is_told(const struct ack_early_image *image, const struct ack_fast_call *made)
{
	for (uint32_t i = 0; i < image->used && i < ACK_EARLY_CALLS; i++) {
		int same = image->calls[i].site == made->site_index &&
			   image->calls[i].number == made->number;

		for (int k = 0; k < WIRE_ARGUMENTS; k++)
			same &= !((image->calls[i].arguments[k] ^ made->value[k]) & made->mask[k]);
		if (same)
			return 1;
	}
	return 0;
}

static void tell(struct ack_early_image *image, const struct ack_fast_call *made)
{
	uint32_t used = __atomic_load_n(&image->used, __ATOMIC_RELAXED);

	if (used >= ACK_EARLY_CALLS || is_told(image, made) ||
	    !__atomic_compare_exchange_n(&image->used, &used, used + 1, 0, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		return;
	image->calls[used].site = (uint32_t)made->site_index;
	image->calls[used].number = made->number;
	memcpy(image->calls[used].arguments, made->value, sizeof(made->value));
}

void ack_early_saw(uint64_t site)
{
	if (count == 0 && site - text_start < text_size)
		add_heat(site);
}

int ack_early_call(const struct ack_call *call, uint64_t fingerprint)
{
	struct ack_early_image *image = image_of_process();
	struct ack_fast_call made;

	ack_early_saw(call->site);
	for (uint32_t i = 0; i < count; i++) {
		if (ack_early_returns[i] != call->site)
			continue;
		if (describe(call, fingerprint, i, &made) && add_call(i, &made) && image)
			tell(image, &made);
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

uint64_t ack_early_site_of_record(uint64_t record)
{
	uint64_t head = record - address_of(own.heads), call = record - address_of(own.calls);
	uint64_t index = head / sizeof(*own.heads);

	if (call < sizeof(own.calls))
		index = own.calls[call / sizeof(*own.calls)].site_index;
	else if (head >= sizeof(own.heads))
		return 0;
	return index < count ? ack_early_returns[index] : 0;
}

/* The site that jumps to an address in the loader's text. */
static uint64_t site_on_the_way(uint64_t address)
{
	uint64_t hop = address - text_start - first_hop;

	if (hop < (uint64_t)ACK_HOP_SIZE * count)
		return ack_early_returns[hop / ACK_HOP_SIZE];
	for (uint32_t i = 0; i < count; i++)
		if (address == text_start + caves[i])
			return ack_early_returns[i];
	return 0;
}

int ack_early_show(struct sigcontext *r)
{
	uint64_t site, slow = site_in(r->rip, ack_early_slow_calls);

	if (count == 0)
		return 0;
	if (slow && r->rip % ACK_EARLY_CALL) { /* the filter let it pass */
		r->rip = slow;
		return 1;
	}
	site = slow ? slow : site_on_the_way(r->rip);
	if (site)
		r->rip = site - ACK_CALL_SIZE;
	return site != 0;
}
