/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accelerate.c - a call site that traps often is rewritten, so that the trap is
 * paid once a site. patch.h says what of the text changes, fast.S what runs then.
 *
 * The text is never writable. The page is mapped a second time from its own file,
 * read-execute; the kernel writes the changed copy into it (/proc/self/mem, as a
 * debugger's breakpoint is written), and mremap puts it in place in one step. It
 * stays a private mapping of that file: munmap, mprotect and fork treat it as
 * before, exec makes it anew, and what drops the copy brings the old text back,
 * which traps.
 *
 * Hops stand in pages of their own near the text. Nothing here is ever taken
 * back, so that no thread can be in something that vanishes.
 */
#include "calls.h"
#include "early.h"
#include "hops.h"
#include "patch.h"
#include "stub.h"

#define PAGE 4096ULL
#ifndef ACK_HEAT
#define ACK_HEAT 32 /* traps of a site before it is rewritten; `make HEAT=1` for all at once */
#endif
#define COLD	  0xff /* not to be rewritten */
#define CHAIN_MAX 16   /* shapes of a site */
#define LOW_BITS  511  /* descriptors are told apart from the stub's by all bits above these */

struct fast_site {
	uint64_t site, cave, hop; /* site 0: not in use */
	uint64_t first, last;	  /* addresses of the first and the last struct ack_fast_call */
	uint32_t chain;
	uint32_t borrowed; /* bytes of its jump that were there before: they must stay */
};

ACK_HOT uint32_t ack_fast_off; /* fast.S: 1: every rewritten site traps */
uint64_t ack_fast_returns[ACK_FAST_SITES];
ACK_HOT uint16_t ack_look_numbers[ACK_LOOK_SITES];
static struct fast_site sites[ACK_FAST_SITES];
static struct ack_fast_call calls[ACK_FAST_CALLS];
ACK_HOT static uint32_t sites_used, calls_used;
static uint32_t owner; /* process whose thread works here */
/* Traps of each site, those of the sites that come first beside their table. */
ACK_HOT static uint8_t first_heat[ACK_FIRST_SITES];
static uint8_t later_heat[ACK_SITES - ACK_FIRST_SITES];
static uint8_t text[2 * ACK_PATCH_PAGE]; /* the page of a call, and the next one */

/* ---- from addresses to sites ---------------------------------------------------- */

void ack_fast_stop(void)
{
	ack_fast_off = 1;
}

uint64_t ack_fast_site(uint64_t address)
{
	uint64_t offset = address - ACK_CALL_SIZE - address_of(ack_fast_slow_calls);
	uint64_t look = address - ACK_CALL_SIZE - address_of(ack_look_calls);
	uint64_t early = ack_early_site(address);

	if (early)
		return early;
	if (look < ACK_LOOK_CALL * ACK_LOOK_SITES && look % ACK_LOOK_CALL == 0)
		return ack_look_sites[look / ACK_LOOK_CALL];
	return offset < ACK_FAST_SLOW_CALL * ACK_FAST_SITES && offset % ACK_FAST_SLOW_CALL == 0
		       ? sites[offset / ACK_FAST_SLOW_CALL].site
		       : 0;
}

uint64_t ack_fast_site_of(uint64_t address, int *started)
{
	uint64_t list = address - address_of(ack_list_thunks);
	uint64_t site = ack_look_site_of(address, started);

	if (site)
		return site;
	*started = list % ACK_POST_THUNK != 0;
	return list < ACK_POST_THUNK * ACK_FAST_SITES ? sites[list / ACK_POST_THUNK].site : 0;
}

static int is_jump(uint64_t address)
{
	uint8_t byte = *(const uint8_t *)(uintptr_t)address;

	return byte == ACK_PATCH_JUMP || byte == ACK_PATCH_PREFIX;
}

uint64_t ack_fast_site_of_record(uint64_t record)
{
	uint64_t index = (record - address_of(calls)) / sizeof(*calls);

	return index < ACK_FAST_CALLS ? sites[calls[index].site_index].site
				      : ack_early_site_of_record(record);
}

/* The rewritten site on whose way an address outside the stub is, NULL: none. Where a jump stood,
 * something else may be mapped now. */
static const struct fast_site *on_the_way(uint64_t address)
{
	for (uint32_t i = 0; i < sites_used; i++)
		if (address - sites[i].hop < ACK_HOP_SIZE ||
		    (address == sites[i].cave && is_jump(address)))
			return &sites[i];
	return NULL;
}

int ack_fast_is_post(uint64_t address)
{
	return address - address_of(ack_look_thunks) < 2 * ACK_POST_THUNK * ACK_LOOK_SITES ||
	       address - address_of(ack_list_thunks) < ACK_POST_THUNK * ACK_FAST_SITES;
}

void ack_fast_show(struct ucontext *context)
{
	struct sigcontext *r = &context->uc_mcontext;
	uint64_t rip = r->rip, slow = rip - address_of(ack_fast_slow_calls);
	const struct fast_site *site;

	if (is_in(rip, ack_fast, ack_fast_posts)) {
		uint64_t from = ack_fast_site_of_record(r->rcx);

		if (from)
			r->rip = from - ACK_CALL_SIZE;
		return;
	}
	if (ack_early_show(r) || ack_look_show(context) || sites_used == 0)
		return;
	if (slow < ACK_FAST_SLOW_CALL * ACK_FAST_SITES) {
		site = &sites[slow / ACK_FAST_SLOW_CALL];
		if (slow %
		    ACK_FAST_SLOW_CALL) { /* the filter let it pass: the call has been executed */
			r->rip = site->site;
			return;
		}
		if (r->rax >= ACK_POST_NUMBER)
			return;
	} else {
		site = on_the_way(rip);
	}
	if (site && site->site)
		r->rip = site->site - ACK_CALL_SIZE;
}

int ack_fast_post(const siginfo_t *info, struct ucontext *context)
{
	uint64_t value = (uint32_t)info->si_syscall, from = context->uc_mcontext.rip;

	if (info->si_code != 1 /* SYS_SECCOMP */ || value < ACK_LOOK_NUMBER || value >> 30)
		return 0;
	from -= ACK_CALL_SIZE;
	if (value >= ACK_LIST_NUMBER)
		ack_list_finish(context,
				(from - address_of(ack_fast_slow_calls)) / ACK_FAST_SLOW_CALL,
				value - ACK_LIST_NUMBER);
	else
		ack_look_finish(context, (from - address_of(ack_look_calls)) / ACK_LOOK_CALL,
				value - ACK_LOOK_NUMBER);
	return 1;
}

/* ---- which calls ------------------------------------------------------------------- */

/* Adds to a record what else must hold, so that the stub need not see the call, or how it sees it
 * without a trap. Returns 0 if it has to trap. The values themselves are filled in from the call.
 */
static int is_of_no_concern(const struct ack_call *call, struct ack_fast_call *fast, uint64_t index)
{
	uint64_t first = call->arguments[0], *mask = fast->mask;

	switch (call->number) {
	case __NR_getdents64:
		fast->thunk = address_of(ack_list_thunks) + ACK_POST_THUNK * index;
		return 1;
	case __NR_close:
	case __NR_fcntl:
		mask[0] |= 0xffffffff & ~(uint64_t)LOW_BITS;
		return !ack_is_hidden(first) && (first & LOW_BITS) == (uint32_t)first;
	case __NR_mmap:
		mask[3] |= 0x100010; /* MAP_FIXED, MAP_FIXED_NOREPLACE */
		fast->kind = call->arguments[3] & 0x100010 ? ACK_FAST_FAR : 0;
		return !fast->kind || first >> 32 != 0;
	case __NR_munmap:
		fast->kind = ACK_FAST_FAR | ACK_FAST_PLAIN;
		return first >> 32 != 0 && !ack_not_plain;
	case __NR_rt_sigprocmask:
	case __NR_rt_sigaction:
	case __NR_execve: /* of a child that was lent this memory: else the site goes with it */
		fast->kind = ACK_FAST_PLAIN;
		fast->thunk = address_of(ack_enter);
		return !ack_not_plain && (call->number != __NR_execve || ack_sharer());
	case __NR_mprotect:
	case __NR_madvise:
		fast->kind = ACK_FAST_FAR;
		return first >> 32 != 0;
	case __NR_ppoll:
		mask[3] = ~0ULL;
		return call->arguments[3] == 0;
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
		mask[4] = ~0ULL;
		return call->arguments[4] == 0;
	case __NR_pselect6:
		mask[5] = ~0ULL;
		return call->arguments[5] == 0;
#define SEEN(name) __NR_##name,
	default: {
		if (ack_named_record(call, fast))
			return fast->thunk != 0;
		static const uint16_t seen[] = {ACK_CALLS(SEEN)};

		for (uint64_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
			if (seen[i] == call->number)
				return 0;
		return 1;
	}
#undef SEEN
	}
}

int ack_fast_describe(const struct ack_call *call, uint64_t fingerprint, uint64_t index,
		      struct ack_fast_call *fast)
{
	const struct wire_call_facts *facts = ack_facts(call);

	*fast = (struct ack_fast_call){.number = call->number, .site_index = index};
	fast->thunk = ack_thunk_for(call->site, 0);
	fast->slow = address_of(ack_fast_slow_calls) + ACK_FAST_SLOW_CALL * index;
	for (int i = 0; facts && i < WIRE_ARGUMENTS; i++)
		fast->mask[i] = facts->mask[i];
	if (!is_of_no_concern(call, fast, index))
		return 0;
	for (int i = 0; i < WIRE_ARGUMENTS; i++) {
		fast->value[i] = call->arguments[i];
		fast->kind |= fast->mask[i] ? ACK_FAST_MASKED : 0;
	}
	fast->count = ack_fast_counter(fingerprint, call->number, &fast->verdict);
	return fast->count != 0;
}

int ack_fast_is_same(const struct ack_fast_call *one, const struct ack_fast_call *other)
{
	if (one->number != other->number || one->kind != other->kind || one->count != other->count)
		return 0;
	for (int i = 0; i < WIRE_ARGUMENTS; i++)
		if (one->mask[i] != other->mask[i] ||
		    ((one->value[i] ^ other->value[i]) & one->mask[i]))
			return 0;
	return 1;
}

/* Another shape of a site that is rewritten already. Returns 0 if there is no room. */
static int add_call(struct fast_site *site, const struct ack_fast_call *made)
{
	struct ack_fast_call *fast = &calls[calls_used], *last;

	for (uint64_t at = site->first; at; at = last->next) {
		last = (struct ack_fast_call *)(uintptr_t)at;
		if (ack_fast_is_same(last, made))
			return 1;
	}
	if (calls_used >= ACK_FAST_CALLS || site->chain >= CHAIN_MAX)
		return 0;
	calls_used++;
	site->chain++;
	*fast = *made;
	last = (struct ack_fast_call *)(uintptr_t)site->last;
	site->last = address_of(fast);
	if (last)
		__atomic_store_n(&last->next, address_of(fast), __ATOMIC_RELEASE);
	else
		site->first = address_of(fast);
	return 1;
}

/* ---- rewriting ---------------------------------------------------------------------- */

/* Reads the text of the page at `at`, and the next one if the call before `offset`, or what is
 * behind it, goes on there. Returns how much it is, 0: none that can be changed. */
static uint32_t read_text(uint64_t at, uint32_t offset, struct ack_mapping *mapping)
{
	static struct ack_mapping next; /* one thread is here at a time, its stack may be small */

	if (ack_mapping_of(at, mapping) < 0 || !mapping->is_text || ack_read(text, at, PAGE) < 0)
		return 0;
	if (offset + ACK_PATCH_REACH <= PAGE)
		return PAGE;
	if (ack_mapping_of(at + PAGE, &next) < 0 || !next.is_text || next.inode != mapping->inode ||
	    next.start - next.offset != mapping->start - mapping->offset ||
	    ack_read(text + PAGE, at + PAGE, PAGE) < 0)
		return offset <= PAGE ? PAGE : 0;
	return 2 * PAGE;
}

/* Is any of these bytes of the text the end of another site's jump? */
static int is_borrowed(uint64_t start, uint64_t size)
{
	for (uint32_t i = 0; i < sites_used; i++) {
		uint64_t first = sites[i].cave + ACK_PATCH_BEGUN;

		if (first < start + size && start < first + sites[i].borrowed)
			return 1;
	}
	return 0;
}

/* Rewrites the copy of the text for a site. Returns how much of it may have changed, 0: there is
 * no way to a hop. */
static uint32_t change_text(struct fast_site *site, uint64_t at, uint32_t offset, uint32_t size,
			    uint64_t start)
{
	struct ack_patch patch;
	uint32_t from = 0;

	if (!ack_patch_can(text, size, offset) ||
	    is_borrowed(at + offset - ACK_CALL_SIZE, ACK_CALL_SIZE))
		return 0;
	while (ack_patch_next(text, size, offset, &from, &patch)) {
		site->cave = at + patch.jump;
		site->borrowed = patch.choices == 0 ? 0 : patch.choices == 1 ? 4 : 3;
		if (is_borrowed(site->cave - ACK_PATCH_BEGUN, ACK_PATCH_BEGUN + ACK_PATCH_SIZE))
			continue;
		site->hop = patch.choices
				    ? ack_hop_at(ack_patch_pun(text, at, &patch), patch.choices, at)
				    : ack_hop_near(site->cave, start);
		if (site->hop)
			return ack_patch_apply(text, at, offset, &patch, site->hop);
	}
	return 0;
}

/* Rewrites the site for a call that was described; 0: it stays as it is, for ever. */
static int rewrite(const struct ack_call *call, const struct ack_fast_call *made)
{
	uint64_t at = (call->site - ACK_CALL_SIZE) & ~(PAGE - 1);
	uint32_t offset = (uint32_t)(call->site - at), index = sites_used, size;
	struct fast_site *site = &sites[index];
	static struct ack_mapping mapping;

	site->first = site->last = 0;
	site->chain = 0;
	size = read_text(at, offset, &mapping);
	if (size)
		size = change_text(site, at, offset, size, mapping.start);
	if (!size || !add_call(site, made))
		return 0;
	ack_fast_returns[index] = call->site;
	__atomic_store_n(&site->site, call->site, __ATOMIC_RELEASE);
	if (ack_hop_take(site->hop, (uint32_t)site->first) < 0 ||
	    ack_text_replace(&mapping, at, text, size <= PAGE ? PAGE : 2 * PAGE) < 0) {
		site->site = 0;
		return 0;
	}
	__atomic_store_n(&sites_used, index + 1, __ATOMIC_RELEASE);
	return 1;
}

static uint8_t *heat_of(uint32_t index)
{
	return index < ACK_FIRST_SITES ? &first_heat[index] : &later_heat[index - ACK_FIRST_SITES];
}

static struct fast_site *site_at(uint64_t address)
{
	for (uint32_t i = 0; i < sites_used; i++)
		if (sites[i].site == address)
			return &sites[i];
	return NULL;
}

void ack_accelerate(const struct ack_call *call, uint64_t fingerprint)
{
	uint32_t nobody = 0, self, index;
	struct ack_fast_call made;
	struct fast_site *site;
	uint8_t *heat;

	if (call->abi != WIRE_ABI_X86_64 || ack_process.confined || ack_fast_off ||
	    ack_early_call(call, fingerprint))
		return;
	index = ack_site_index(call->site);
	if (index >= ACK_SITES)
		return;
	heat = heat_of(index);
	if (*heat == COLD || ++*heat < ACK_HEAT)
		return;
	self = (uint32_t)ack_pid();
	if (!__atomic_compare_exchange_n(&owner, &nobody, self, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED) &&
	    nobody == self)
		return; /* another thread is at it; this site will trap again */
	owner = self;	/* or it was left so by a fork while another thread was */
	site = site_at(call->site);
	*heat = ACK_HEAT - 1;
	if (!site && sites_used >= ACK_FAST_SITES)
		*heat = COLD;
	else if (!ack_fast_describe(call, fingerprint, site ? (uint64_t)(site - sites) : sites_used,
				    &made))
		*heat = 0;
	else if (!(site ? add_call(site, &made) : rewrite(call, &made)))
		*heat = COLD;
	__atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
}
