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
#include "patch.h"
#include "stub.h"
#include <asm/stat.h>

#define PAGE	    4096ULL
#define HEAT	    32	 /* traps of a site before it is rewritten */
#define COLD	    0xff /* not to be rewritten */
#define CHAIN_MAX   16	 /* shapes of a site */
#define HOP_PAGES   16
#define HOPS_A_PAGE 255
#define HOP_VECTOR  4088
#define HOP_STEP    0x40000 /* where a page of hops is tried: so far below the mapping, and again */
#define HOP_TRIES   512
#define LOW_BITS    511 /* descriptors are told apart from the stub's by all bits above these */
#define MAP_FIXED_  0x100020 /* MAP_FIXED_NOREPLACE | MAP_ANONYMOUS */
#define MOVE_FIXED  3	     /* MREMAP_MAYMOVE | MREMAP_FIXED */
#define OPEN_FLAGS  02000000 /* O_RDONLY | O_CLOEXEC */
#define OPEN_WRITE  02000002
#define AT_FDCWD_   (-100)
#define JUMP	    0xe9 /* jmp rel32 */

struct fast_site {
	uint64_t site, cave, hop; /* site 0: not in use */
	uint64_t first, last;	  /* addresses of the first and the last struct ack_fast_call */
	uint32_t chain;
};

ACK_HOT uint32_t ack_fast_off; /* fast.S: 1: every rewritten site traps */
uint64_t ack_fast_returns[ACK_FAST_SITES];
static struct fast_site sites[ACK_FAST_SITES];
static struct ack_fast_call calls[ACK_FAST_CALLS];
static struct {
	uint64_t start;
	uint32_t used; /* hops */
} hop_pages[HOP_PAGES];
ACK_HOT static uint32_t sites_used, calls_used, hop_pages_used;
static uint32_t owner; /* process whose thread works here */
/* Traps of each site, those of the sites that come first beside their table. */
ACK_HOT static uint8_t first_heat[ACK_FIRST_SITES];
static uint8_t later_heat[ACK_SITES - ACK_FIRST_SITES];
static uint8_t page[ACK_PATCH_PAGE];

/* ---- from addresses to sites ---------------------------------------------------- */

void ack_fast_stop(void)
{
	ack_fast_off = 1;
}

uint64_t ack_fast_site(uint64_t address)
{
	uint64_t offset = address - ACK_CALL_SIZE - address_of(ack_fast_slow_calls);
	uint64_t open = address - ACK_CALL_SIZE - address_of(ack_open_calls);

	if (open < ACK_OPEN_CALL * ACK_OPEN_SITES && open % ACK_OPEN_CALL == 0)
		return ack_open_sites[open / ACK_OPEN_CALL];
	return offset < ACK_FAST_SLOW_CALL * ACK_FAST_SITES && offset % ACK_FAST_SLOW_CALL == 0
		       ? sites[offset / ACK_FAST_SLOW_CALL].site
		       : 0;
}

uint64_t ack_fast_site_of(uint64_t address, int *started)
{
	uint64_t open = address - address_of(ack_open_thunks);
	uint64_t list = address - address_of(ack_list_thunks);

	if (open < ACK_POST_THUNK * ACK_OPEN_SITES) {
		*started = open % ACK_POST_THUNK != 0;
		return ack_open_sites[open / ACK_POST_THUNK];
	}
	*started = list % ACK_POST_THUNK != 0;
	return list < ACK_POST_THUNK * ACK_FAST_SITES ? sites[list / ACK_POST_THUNK].site : 0;
}

/* The rewritten site on whose way an address outside the stub is, NULL: none. Where a jump stood,
 * something else may be mapped now. */
static const struct fast_site *on_the_way(uint64_t address)
{
	for (uint32_t i = 0; i < sites_used; i++)
		if (address - sites[i].hop < ACK_HOP_SIZE ||
		    (address == sites[i].cave && *(const uint8_t *)(uintptr_t)address == JUMP))
			return &sites[i];
	return NULL;
}

int ack_fast_is_post(uint64_t address)
{
	return address - address_of(ack_open_thunks) < ACK_POST_THUNK * ACK_OPEN_SITES ||
	       address - address_of(ack_list_thunks) < ACK_POST_THUNK * ACK_FAST_SITES;
}

void ack_fast_show(struct sigcontext *r)
{
	uint64_t rip = r->rip, slow = rip - address_of(ack_fast_slow_calls);
	const struct fast_site *site = NULL;

	if (sites_used == 0)
		return;
	if (rip - address_of(ack_fast) < address_of(ack_fast_posts) - address_of(ack_fast)) {
		uint64_t index = (r->rcx - address_of(calls)) / sizeof(*calls);

		if (index < ACK_FAST_CALLS)
			site = &sites[calls[index].site_index];
	} else if (slow < ACK_FAST_SLOW_CALL * ACK_FAST_SITES) {
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
	struct sigcontext *r = &context->uc_mcontext;
	uint64_t value = (uint32_t)info->si_syscall, site = ack_fast_site(r->rip);
	struct ack_call call = {
		.context = context,
		.registers = r,
		.abi = WIRE_ABI_X86_64,
		.site = site,
		.arguments = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9},
	};

	if (info->si_code != 1 /* SYS_SECCOMP */ || value < ACK_OPEN_NUMBER || value >> 30)
		return 0;
	r->rip = r->rcx = site;
	if (value >= ACK_LIST_NUMBER) {
		long size = (long)(value - ACK_LIST_NUMBER);

		r->rax = (uint64_t)(ack_process.confined ? size : ack_listed(r->rdi, r->rsi, size));
		call.number = __NR_getdents64;
		if (r->rax == 0)
			ack_getdents64(&call);
		return 1;
	}
	r->rax = value - ACK_OPEN_NUMBER;
	if (ack_process.exe_size == 0 || ack_process.confined ||
	    !ack_names_own_exe(call.arguments[1]))
		return 1;
	sys1(__NR_close, r->rax);
	call.number = __NR_openat;
	r->rax = __NR_openat;
	if (ack_open(&call, 1) == ACK_RUN)
		r->rip = ack_thunk_for(site, 0);
	return 1;
}

/* ---- which calls ------------------------------------------------------------------- */

/* Adds to a record what else must hold, so that the stub need not see the call. Returns 0 if it has
 * to see it. The values themselves are filled in from the call. */
static int is_of_no_concern(const struct ack_call *call, struct ack_fast_call *fast, uint64_t index)
{
	uint64_t first = call->arguments[0], *mask = fast->mask;

	switch (call->number) {
	case __NR_openat:
		fast->thunk = ack_open_thunk_for(call->site);
		return fast->thunk != 0;
	case __NR_getdents64:
		fast->thunk = address_of(ack_list_thunks) + ACK_POST_THUNK * index;
		return 1;
	case __NR_close:
	case __NR_fcntl:
		mask[0] |= 0xffffffff & ~(uint64_t)LOW_BITS;
		return !ack_is_hidden(first) && (first & LOW_BITS) == (uint32_t)first;
	case __NR_mmap:
		mask[3] |= 0x100010; /* MAP_FIXED, MAP_FIXED_NOREPLACE */
		return (call->arguments[3] & 0x100010) == 0;
	case __NR_mprotect:
	case __NR_madvise:
		mask[0] |= 0xffffffff00000000;
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
		static const uint16_t seen[] = {ACK_CALLS(SEEN)};

		for (uint64_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
			if (seen[i] == call->number)
				return 0;
		return 1;
	}
#undef SEEN
	}
}

/* Makes the record of a call; 0: this one has to trap. */
static int describe(const struct ack_call *call, uint64_t fingerprint, uint64_t index,
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
	for (int i = 0; i < WIRE_ARGUMENTS; i++)
		fast->value[i] = call->arguments[i];
	fast->count = ack_fast_counter(fingerprint, call->number, &fast->verdict);
	return fast->count != 0;
}

static int is_same(const struct ack_fast_call *one, const struct ack_fast_call *other)
{
	if (one->number != other->number || one->count != other->count)
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
		if (is_same(last, made))
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

static int write_text(uint64_t to, const void *from, size_t size)
{
	long memory, done;

	memory =
		sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of("/proc/self/mem"), OPEN_WRITE, 0);
	if (memory < 0)
		return -1;
	done = sys4(__NR_pwrite64, (uint64_t)memory, address_of(from), size, to);
	sys1(__NR_close, (uint64_t)memory);
	return done == (long)size ? 0 : -1;
}

/* A new page of hops below the mapping that begins at `start`. */
static uint64_t new_hop_page(uint64_t start)
{
	uint64_t vector = address_of(ack_fast);

	for (uint64_t i = 1; i <= HOP_TRIES && start > i * HOP_STEP; i++) {
		uint64_t wish = (start & ~(PAGE - 1)) - i * HOP_STEP;
		long at = sys6(__NR_mmap, wish, PAGE, 5 /* PROT_READ | PROT_EXEC */,
			       2 /* MAP_PRIVATE */ | MAP_FIXED_, (uint64_t)-1, 0);

		if (at != (long)wish)
			continue;
		if (write_text(wish + HOP_VECTOR, &vector, sizeof(vector)) == 0)
			return wish;
		sys3(__NR_munmap, wish, PAGE, 0);
		return 0;
	}
	return 0;
}

/* Address of a free hop that a jump at `from` reaches, in the page number *index; 0: none. */
static uint64_t free_hop(uint64_t from, uint64_t start, uint32_t *index)
{
	uint64_t made;

	for (*index = 0; *index < hop_pages_used; ++*index)
		if (hop_pages[*index].used < HOPS_A_PAGE &&
		    ack_patch_reaches(from, hop_pages[*index].start))
			return hop_pages[*index].start + ACK_HOP_SIZE * hop_pages[*index].used;
	if (hop_pages_used >= HOP_PAGES)
		return 0;
	made = new_hop_page(start);
	if (!made || !ack_patch_reaches(from, made))
		return 0;
	hop_pages[hop_pages_used].start = made;
	hop_pages[hop_pages_used].used = 0;
	hop_pages_used++;
	return made;
}

/* Puts the changed page in place of what is mapped at `at`. */
static int replace_page(const struct ack_mapping *mapping, uint64_t at)
{
	long file, copy, moved = -1;
	struct stat status;

	file = sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of(mapping->name), OPEN_FLAGS, 0);
	if (file < 0)
		return -1;
	if (sys3(__NR_fstat, (uint64_t)file, address_of(&status), 0) < 0 ||
	    status.st_ino != mapping->inode) {
		sys1(__NR_close, (uint64_t)file);
		return -1;
	}
	copy = sys6(__NR_mmap, 0, PAGE, 5 /* PROT_READ | PROT_EXEC */, 2 /* MAP_PRIVATE */,
		    (uint64_t)file, at - mapping->start + mapping->offset);
	sys1(__NR_close, (uint64_t)file);
	if (copy < 0 && copy > -4096)
		return -1;
	if (write_text((uint64_t)copy, page, PAGE) == 0)
		moved = sys6(__NR_mremap, (uint64_t)copy, PAGE, PAGE, MOVE_FIXED, at, 0);
	if (moved == (long)at)
		return 0;
	sys3(__NR_munmap, (uint64_t)copy, PAGE, 0);
	return -1;
}

/* Rewrites the site for a call that was described; 0: it stays as it is, for ever. */
static int rewrite(const struct ack_call *call, const struct ack_fast_call *made)
{
	uint64_t at = (call->site - ACK_CALL_SIZE) & ~(PAGE - 1);
	uint32_t offset = (uint32_t)(call->site - at), index = sites_used, hops;
	struct fast_site *site = &sites[index];
	uint8_t hop[ACK_HOP_SIZE];
	static struct ack_mapping
		mapping; /* one thread is here at a time, its stack may be small */
	struct ack_patch patch;

	if (ack_mapping_of(call->site - 1, &mapping) < 0 || !mapping.is_text || offset >= PAGE ||
	    ack_read(page, at, PAGE) < 0 || ack_patch_find(page, offset, &patch) < 0)
		return 0;
	site->cave = at + patch.jump;
	site->hop = free_hop(site->cave, mapping.start, &hops);
	site->first = site->last = 0;
	site->chain = 0;
	if (!site->hop || !add_call(site, made))
		return 0;
	ack_patch_hop(hop, (uint32_t)(site->hop % PAGE), (uint32_t)site->first);
	ack_patch_apply(page, at, offset, &patch, site->hop);
	ack_fast_returns[index] = call->site;
	__atomic_store_n(&site->site, call->site, __ATOMIC_RELEASE);
	if (write_text(site->hop, hop, sizeof(hop)) < 0 || replace_page(&mapping, at) < 0) {
		site->site = 0;
		return 0;
	}
	hop_pages[hops].used++;
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

	if (call->abi != WIRE_ABI_X86_64 || ack_process.confined || ack_fast_off)
		return;
	index = ack_site_index(call->site);
	if (index >= ACK_SITES)
		return;
	heat = heat_of(index);
	if (*heat == COLD || ++*heat < HEAT)
		return;
	self = (uint32_t)ack_pid();
	if (!__atomic_compare_exchange_n(&owner, &nobody, self, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED) &&
	    nobody == self)
		return; /* another thread is at it; this site will trap again */
	owner = self;	/* or it was left so by a fork while another thread was */
	site = site_at(call->site);
	*heat = HEAT - 1;
	if (!site && sites_used >= ACK_FAST_SITES)
		*heat = COLD;
	else if (!describe(call, fingerprint, site ? (uint64_t)(site - sites) : sites_used, &made))
		*heat = 0;
	else if (!(site ? add_call(site, &made) : rewrite(call, &made)))
		*heat = COLD;
	__atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
}
