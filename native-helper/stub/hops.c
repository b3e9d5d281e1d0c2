/* SPDX-License-Identifier: Apache-2.0 */
#include "hops.h"
#include "elf.h"
#include "patch.h"
#include <asm/stat.h>

#define PAGES	   64
#define SLOTS	   (ACK_PAGE / ACK_HOP_SIZE) /* of a page; the last one holds the address */
#define VECTOR	   4088
#define STEP	   0x40000 /* where a page of hops is tried: so far below the mapping, and again */
#define TRIES	   512
#define HEAP_ROOM  (1ULL << 40) /* a page in the way would end the heap */
#define FAR_ABOVE  (1ULL << 26) /* from the text; farther up are stacks */
#define FIXED	   0x100020	/* MAP_FIXED_NOREPLACE | MAP_ANONYMOUS */
#define MOVE_FIXED 3		/* MREMAP_MAYMOVE | MREMAP_FIXED */
#define READ_ONLY  02000000	/* O_RDONLY | O_CLOEXEC */
#define READ_WRITE 02000002
#define AT_FDCWD_  (-100)

static struct page {
	uint64_t start;
	uint64_t used[SLOTS / 64]; /* a bit for each hop */
} pages[PAGES];
static uint32_t pages_used;

/* What a debugger does: writes to memory that may be read and executed only. */
static int write_text(uint64_t to, const void *from, size_t size)
{
	long memory, done = -1;

	ack_open_begins();
	memory =
		sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of("/proc/self/mem"), READ_WRITE, 0);
	if (memory >= 0) {
		done = sys4(__NR_pwrite64, (uint64_t)memory, address_of(from), size, to);
		sys1(__NR_close, (uint64_t)memory);
	}
	ack_open_ended();
	return done == (long)size ? 0 : -1;
}

/* The slots that a hop at `address` takes: one, or two if it does not begin with one. */
static uint64_t first_slot(uint64_t address)
{
	return address % ACK_PAGE / ACK_HOP_SIZE;
}

static uint64_t last_slot(uint64_t address)
{
	return (address % ACK_PAGE + ACK_HOP_SIZE - 1) / ACK_HOP_SIZE;
}

static int is_free(const struct page *page, uint64_t address)
{
	for (uint64_t slot = first_slot(address); slot <= last_slot(address); slot++)
		if (slot >= SLOTS - 1 || page->used[slot / 64] >> slot % 64 & 1)
			return 0;
	return 1;
}

static struct page *page_at(uint64_t start)
{
	for (uint32_t i = 0; i < pages_used; i++)
		if (pages[i].start == start)
			return &pages[i];
	return NULL;
}

static int is_reserved(uint64_t start)
{
	return start - ack_process.heap < HEAP_ROOM || start >= ACK_TASK_SIZE - ACK_PAGE ||
	       ack_meets_stub(start, start + ACK_PAGE);
}

/* Makes a page of hops there, if nothing is there. */
static struct page *make_page(uint64_t start)
{
	uint64_t vector = address_of(ack_fast);
	long at;

	if (pages_used >= PAGES || is_reserved(start))
		return NULL;
	at = sys6(__NR_mmap, start, ACK_PAGE, 5 /* PROT_READ | PROT_EXEC */,
		  2 /* MAP_PRIVATE */ | FIXED, (uint64_t)-1, 0);
	if (at != (long)start) {
		if (at >= 0) /* a kernel before 4.17 takes the address as a wish */
			sys3(__NR_munmap, (uint64_t)at, ACK_PAGE, 0);
		return NULL;
	}
	if (write_text(start + VECTOR, &vector, sizeof(vector)) < 0) {
		sys3(__NR_munmap, start, ACK_PAGE, 0);
		return NULL;
	}
	pages[pages_used] = (struct page){.start = start};
	return &pages[pages_used++];
}

uint64_t ack_hop_near(uint64_t from, uint64_t start)
{
	for (uint32_t i = 0; i < pages_used; i++)
		for (uint64_t slot = 0; slot < SLOTS && ack_patch_reaches(from, pages[i].start);
		     slot++)
			if (is_free(&pages[i], pages[i].start + ACK_HOP_SIZE * slot))
				return pages[i].start + ACK_HOP_SIZE * slot;
	for (uint64_t i = 1; i <= TRIES && pages_used < PAGES && start > i * STEP; i++) {
		struct page *page = make_page((start & ~(ACK_PAGE - 1)) - i * STEP);

		if (page)
			return ack_patch_reaches(from, page->start) ? page->start : 0;
	}
	return 0;
}

uint64_t ack_hop_at(uint64_t first, uint64_t choices, uint64_t text)
{
	uint64_t rest = choices > 1 ? -first % ACK_HOP_SIZE : 0;

	if (ack_process.heap == 0 || /* the kernel loaded the image: nobody knows where it is */
	    (first - text < ACK_TASK_SIZE && first - text > FAR_ABOVE))
		return 0;
	for (; rest < choices; rest += ACK_HOP_SIZE) {
		uint64_t hop = first + rest;
		struct page *page = page_at(hop & ~(ACK_PAGE - 1));

		if (!page)
			page = make_page(hop & ~(ACK_PAGE - 1));
		if (page && is_free(page, hop))
			return hop;
	}
	return 0;
}

int ack_hop_take(uint64_t hop, uint32_t ecx)
{
	struct page *page = page_at(hop & ~(ACK_PAGE - 1));
	uint8_t code[ACK_HOP_SIZE];

	ack_patch_hop(code, (uint32_t)(hop % ACK_PAGE), ecx);
	if (!page || write_text(hop, code, sizeof(code)) < 0)
		return -1;
	for (uint64_t slot = first_slot(hop); slot <= last_slot(hop); slot++)
		page->used[slot / 64] |= 1ULL << slot % 64;
	return 0;
}

/* Maps text once more from its own file. Returns where, or -errno. */
static long map_again(const struct ack_mapping *mapping, uint64_t at, size_t size)
{
	static struct stat status; /* one thread is here at a time, its stack may be small */
	long file, copy = -1;

	ack_open_begins();
	file = sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of(mapping->name), READ_ONLY, 0);
	if (file >= 0 && sys3(__NR_fstat, (uint64_t)file, address_of(&status), 0) == 0 &&
	    status.st_ino == mapping->inode)
		copy = sys6(__NR_mmap, 0, size, 5 /* PROT_READ | PROT_EXEC */, 2 /* MAP_PRIVATE */,
			    (uint64_t)file, at - mapping->start + mapping->offset);
	if (file >= 0)
		sys1(__NR_close, (uint64_t)file);
	ack_open_ended();
	return copy;
}

int ack_text_replace(const struct ack_mapping *mapping, uint64_t at, const uint8_t *text,
		     size_t size)
{
	long copy = map_again(mapping, at, size), moved = -1;

	if (copy < 0 && copy > -4096)
		return -1;
	if (write_text((uint64_t)copy, text, size) == 0)
		moved = sys6(__NR_mremap, (uint64_t)copy, size, size, MOVE_FIXED, at, 0);
	if (moved == (long)at)
		return 0;
	sys3(__NR_munmap, (uint64_t)copy, size, 0);
	return -1;
}
