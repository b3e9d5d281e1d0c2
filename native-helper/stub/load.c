/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"
#include "layout.h"
#include "sys.h"
#include <asm/errno.h>
#include <linux/mman.h>

#define PIE_BASE     0x555555554000ULL /* ELF_ET_DYN_BASE with five- and four-level tables */
#define RANDOM_PAGES (1ULL << 28)      /* mmap_rnd_bits of x86-64 */
#define OPEN_FLAGS   02000000	       /* O_RDONLY | O_CLOEXEC */
#define AT_FDCWD_    (-100)

/* One after the other: image, then interpreter. */
static Elf64_Phdr table[ACK_ELF_TABLE_MAX / sizeof(Elf64_Phdr)];
static char interpreter[4097];

static long map(uint64_t address, uint64_t size, int protection, int flags, int fd, uint64_t offset)
{
	return sys6(__NR_mmap, address, size, (uint64_t)protection, (uint64_t)flags, (uint64_t)fd,
		    offset);
}

static int read_plan(int fd, struct ack_elf *elf)
{
	unsigned char head[ACK_ELF_HEAD] = {0};
	uint64_t size;

	if (sys4(__NR_pread64, (uint64_t)fd, address_of(head), sizeof(head), 0) < 0 ||
	    ack_elf_kind(head, sizeof(head)) != ACK_ELF_X86_64 ||
	    ack_elf_table(head, sizeof(head), elf) < 0)
		return -ENOEXEC;
	size = elf->count * sizeof(Elf64_Phdr);
	if (sys4(__NR_pread64, (uint64_t)fd, address_of(table), size, elf->table_offset) !=
	    (long)size)
		return -ENOEXEC;
	return ack_elf_plan(table, elf) < 0 ? -ENOEXEC : 0;
}

static int map_segment(int fd, const struct ack_segment *s)
{
	int flags = MAP_PRIVATE | MAP_FIXED;

	if (s->size && map(s->address, s->size, s->protection, flags, fd, s->offset) < 0)
		return -ENOMEM;
	if (s->zero < s->zero_end) {
		/* Whatever the file has behind its part, the target may count on zeros. */
		if (!(s->protection & PROT_WRITE))
			sys3(__NR_mprotect, s->address, s->size, PROT_READ | PROT_WRITE);
		memset((void *)(uintptr_t)s->zero, 0, s->zero_end - s->zero);
		if (!(s->protection & PROT_WRITE))
			sys3(__NR_mprotect, s->address, s->size, (uint64_t)s->protection);
	}
	if (s->anonymous < s->anonymous_end && map(s->anonymous, s->anonymous_end - s->anonymous,
						   s->protection, flags | MAP_ANONYMOUS, -1, 0) < 0)
		return -ENOMEM;
	return 0;
}

/* Reserves the address range of an image. `wish`: 0 anywhere. Returns the bias, or 1 (never a
 * bias). */
static uint64_t reserve(const struct ack_elf *elf, uint64_t wish)
{
	uint64_t span = elf->high - elf->low, slack = elf->align - ACK_PAGE, start;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	long at;

	if (elf->type == ET_EXEC) {
		at = map(elf->low, span, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);
		return at == (long)elf->low ? 0 : 1;
	}
	at = map(wish, span + slack, PROT_NONE, flags, -1, 0);
	if (at < 0)
		return 1;
	start = ((uint64_t)at + slack) & ~(elf->align - 1);
	if (start > (uint64_t)at)
		sys3(__NR_munmap, (uint64_t)at, start - (uint64_t)at, 0);
	if (start + span < (uint64_t)at + span + slack)
		sys3(__NR_munmap, start + span, (uint64_t)at + slack - start, 0);
	return start - elf->low;
}

/* Maps the image whose table was read last. */
static int map_image(int fd, const struct ack_elf *elf, uint64_t bias)
{
	for (uint32_t i = 0; i < elf->count; i++) {
		struct ack_segment segment;
		int result;

		if (table[i].p_type != PT_LOAD)
			continue;
		ack_elf_segment(&table[i], bias, &segment);
		result = map_segment(fd, &segment);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Holes between segments stay reserved by the kernel's loader for nobody: give them back. */
static void free_holes(const struct ack_elf *elf, uint64_t bias)
{
	uint64_t at = elf->low;

	while (at < elf->high) {
		uint64_t next = elf->high, end = 0;

		for (uint32_t i = 0; i < elf->count; i++) {
			uint64_t low = table[i].p_vaddr & ~(ACK_PAGE - 1);
			uint64_t high = (table[i].p_vaddr + table[i].p_memsz + ACK_PAGE - 1) &
					~(ACK_PAGE - 1);

			if (table[i].p_type != PT_LOAD)
				continue;
			if (low <= at && high > at && high > end)
				end = high;
			if (low > at && low < next)
				next = low;
		}
		if (end == 0) {
			sys3(__NR_munmap, at + bias, next - at, 0);
			end = next;
		}
		at = end;
	}
}

static int load_one(int fd, struct ack_elf *elf, uint64_t wish, uint64_t *bias)
{
	int result;

	*bias = reserve(elf, wish);
	if (*bias == 1)
		return -ENOMEM;
	result = map_image(fd, elf, *bias);
	if (result == 0)
		free_holes(elf, *bias);
	return result;
}

static int load_interpreter(const char *path, struct ack_loaded *loaded)
{
	struct ack_elf elf;
	uint64_t bias;
	long fd = sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of(path), OPEN_FLAGS, 0);
	int result;

	if (fd < 0)
		return (int)fd;
	result = read_plan((int)fd, &elf);
	if (result == 0)
		result = load_one((int)fd, &elf, 0, &bias);
	sys1(__NR_close, (uint64_t)fd);
	if (result < 0)
		return result;
	loaded->base = bias;
	loaded->start = elf.entry + bias;
	return 0;
}

int ack_load(int descriptor, uint64_t seed, struct ack_loaded *loaded)
{
	struct ack_elf *elf = &loaded->elf;
	uint64_t wish = 0;
	int result;

	*loaded = (struct ack_loaded){0};
	result = read_plan(descriptor, elf);
	if (result < 0)
		return result;
	if (elf->interpreter_size) {
		/* A program goes low, an interpreter that is run by its name where mappings go. */
		wish = PIE_BASE + (seed % RANDOM_PAGES) * ACK_PAGE;
		if (sys4(__NR_pread64, (uint64_t)descriptor, address_of(interpreter),
			 elf->interpreter_size,
			 elf->interpreter_offset) != (long)elf->interpreter_size)
			return -EIO;
	}
	result = load_one(descriptor, elf, wish, &loaded->bias);
	if (result < 0)
		return result;
	loaded->entry = loaded->start = elf->entry + loaded->bias;
	loaded->header_address = elf->table_address ? elf->table_address + loaded->bias : 0;
	if (elf->interpreter_size)
		result = load_interpreter(interpreter, loaded);
	return result;
}
