/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"
#include "early.h"
#include "layout.h"
#include "sys.h"
#include <asm/errno.h>
#include <linux/mman.h>

#define PIE_BASE     0x555555554000ULL /* ELF_ET_DYN_BASE with five- and four-level tables */
#define RANDOM_PAGES (1ULL << 28)      /* mmap_rnd_bits of x86-64 */
#define OPEN_FLAGS   02000000	       /* O_RDONLY | O_CLOEXEC */
#define AT_FDCWD_    (-100)

#define HEAD_SIZE 1024 /* bytes of a file that are read at once */

/* A file on its way into memory. Most tables are in the head: the large arrays are touched by
 * nobody then, and cost no page. */
struct file {
	int fd;
	uint64_t identity; /* early.h */
	long size;	   /* bytes of head */
	struct ack_elf *elf;
	const Elf64_Phdr *table;
	_Alignas(8) unsigned char head[HEAD_SIZE];
};

/* One after the other: image, then interpreter. */
static Elf64_Phdr large_table[ACK_ELF_TABLE_MAX / sizeof(Elf64_Phdr)];
static char long_name[4097];

static long map(uint64_t address, uint64_t size, int protection, int flags, int fd, uint64_t offset)
{
	return sys6(__NR_mmap, address, size, (uint64_t)protection, (uint64_t)flags, (uint64_t)fd,
		    offset);
}

/* Where bytes of the file stand: in its head, or in `room`, read for that. NULL: there are none. */
static const void *part_of(const struct file *file, uint64_t offset, uint64_t size, void *room)
{
	if (offset % 8 == 0 && offset < (uint64_t)file->size &&
	    size <= (uint64_t)file->size - offset)
		return file->head + offset;
	return sys4(__NR_pread64, (uint64_t)file->fd, address_of(room), size, offset) == (long)size
		       ? room
		       : NULL;
}

static int read_plan(struct file *file, int fd, struct ack_elf *elf)
{
	file->fd = fd;
	file->identity = 0;
	file->elf = elf;
	memset(file->head, 0, ACK_ELF_HEAD);
	file->size =
		sys4(__NR_pread64, (uint64_t)fd, address_of(file->head), sizeof(file->head), 0);
	if (file->size < 0 || ack_elf_kind(file->head, ACK_ELF_HEAD) != ACK_ELF_X86_64 ||
	    ack_elf_table(file->head, ACK_ELF_HEAD, elf) < 0)
		return -ENOEXEC;
	file->table =
		part_of(file, elf->table_offset, elf->count * sizeof(Elf64_Phdr), large_table);
	if (!file->table || ack_elf_plan(file->table, elf) < 0)
		return -ENOEXEC;
	return 0;
}

/* `is_there`: the file part is mapped already. */
static int map_segment(int fd, const struct ack_segment *s, int is_there)
{
	int flags = MAP_PRIVATE | MAP_FIXED;

	if (s->size && !is_there &&
	    map(s->address, s->size, s->protection, flags, fd, s->offset) < 0)
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

/* The first PT_LOAD, unbiased, if its file part is the start of the image: as in the kernel, its
 * mapping is made as large as the whole image, and the others are put over it. */
static int starts_with(const struct file *file, struct ack_segment *first)
{
	for (uint32_t i = 0; i < file->elf->count; i++) {
		if (file->table[i].p_type != PT_LOAD)
			continue;
		ack_elf_segment(&file->table[i], 0, first);
		return first->size && first->address == file->elf->low &&
		       file->elf->align == ACK_PAGE;
	}
	return 0;
}

/* Reserves the address range of an image. `wish`: 0 anywhere. Returns the bias, or 1 (never a
 * bias). Sets *is_first if the first PT_LOAD is mapped by that. */
static uint64_t reserve(const struct file *file, uint64_t wish, int *is_first)
{
	const struct ack_elf *elf = file->elf;
	uint64_t span = elf->high - elf->low, slack = elf->align - ACK_PAGE, start;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	struct ack_segment first = {.protection = PROT_NONE};
	int fd = -1;
	long at;

	*is_first = starts_with(file, &first);
	if (*is_first) {
		flags = MAP_PRIVATE;
		fd = file->fd;
	} else {
		first = (struct ack_segment){.protection = PROT_NONE};
	}
	if (elf->type == ET_EXEC) {
		at = map(elf->low, span, first.protection, flags | MAP_FIXED_NOREPLACE, fd,
			 first.offset);
		return at == (long)elf->low ? 0 : 1;
	}
	at = map(wish, span + slack, first.protection, flags, fd, first.offset);
	if (at < 0)
		return 1;
	start = ((uint64_t)at + slack) & ~(elf->align - 1);
	if (start > (uint64_t)at)
		sys3(__NR_munmap, (uint64_t)at, start - (uint64_t)at, 0);
	if (start + span < (uint64_t)at + span + slack)
		sys3(__NR_munmap, start + span, (uint64_t)at + slack - start, 0);
	return start - elf->low;
}

/* Text of which some call sites are known: it is changed before anything can run in it, and never
 * can be written and executed at once. Returns 0 if it has to be mapped as any other. */
static int map_early(const struct file *file, const struct ack_segment *s, uint64_t end)
{
	if (map(s->address, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file->fd,
		s->offset) < 0)
		return 0;
	if (ack_early_change(s->address, s->size, end) &&
	    sys3(__NR_mprotect, s->address, s->size, PROT_READ | PROT_EXEC) == 0)
		return 1;
	ack_early_forget();
	return 0;
}

static int map_text(const struct file *file, const Elf64_Phdr *header, const struct ack_segment *s,
		    int is_there)
{
	uint64_t end = s->address + header->p_vaddr % ACK_PAGE + header->p_filesz;
	int result;

	if (!is_there && ack_early_is_ready(file->identity) && map_early(file, s, end))
		return 0;
	result = map_segment(file->fd, s, is_there);
	if (result == 0)
		ack_early_watch(file->identity, s->address, s->size, end);
	return result;
}

static int map_image(const struct file *file, uint64_t bias, int has_first)
{
	for (uint32_t i = 0; i < file->elf->count; i++) {
		struct ack_segment segment;
		int result;

		if (file->table[i].p_type != PT_LOAD)
			continue;
		ack_elf_segment(&file->table[i], bias, &segment);
		if (file->identity && segment.protection == (PROT_READ | PROT_EXEC) &&
		    file->table[i].p_memsz == file->table[i].p_filesz)
			result = map_text(file, &file->table[i], &segment, has_first);
		else
			result = map_segment(file->fd, &segment, has_first);
		if (result < 0)
			return result;
		has_first = 0;
	}
	return 0;
}

/* Holes between segments stay reserved by the kernel's loader for nobody: give them back. */
static void free_holes(const struct file *file, uint64_t bias)
{
	const struct ack_elf *elf = file->elf;
	const Elf64_Phdr *table = file->table;
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

static int load_one(const struct file *file, uint64_t wish, uint64_t *bias)
{
	int has_first, result;

	*bias = reserve(file, wish, &has_first);
	if (*bias == 1)
		return -ENOMEM;
	result = map_image(file, *bias, has_first);
	if (result == 0)
		free_holes(file, *bias);
	return result;
}

static int load_interpreter(struct file *file, int fd, uint64_t identity, struct ack_loaded *loaded)
{
	struct ack_elf elf;
	uint64_t bias;
	int result = read_plan(file, fd, &elf);

	file->identity = identity;
	if (result == 0)
		result = load_one(file, 0, &bias);
	sys1(__NR_close, (uint64_t)fd);
	if (result < 0)
		return result;
	loaded->base = bias;
	loaded->start = elf.entry + bias;
	return 0;
}

/* Returns the descriptor, or -errno. */
static long open_interpreter(const struct file *file)
{
	const struct ack_elf *elf = file->elf;

	if (sys4(__NR_pread64, (uint64_t)file->fd, address_of(long_name), elf->interpreter_size,
		 elf->interpreter_offset) != (long)elf->interpreter_size)
		return -EIO;
	return sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of(long_name), OPEN_FLAGS, 0);
}

int ack_load(int descriptor, int interpreter, uint64_t identity, uint64_t seed,
	     struct ack_loaded *loaded)
{
	struct ack_elf *elf = &loaded->elf;
	struct file file;
	uint64_t wish = 0;
	int result;

	*loaded = (struct ack_loaded){0};
	result = read_plan(&file, descriptor, elf);
	if (result < 0)
		return result;
	if (elf->interpreter_size) {
		/* A program goes low, an interpreter that is run by its name where mappings go. */
		wish = PIE_BASE + (seed % RANDOM_PAGES) * ACK_PAGE;
		if (interpreter < 0)
			interpreter = (int)open_interpreter(&file);
		if (interpreter < 0)
			return interpreter;
	} else if (interpreter >= 0) { /* the file has changed since */
		sys1(__NR_close, (uint64_t)interpreter);
	}
	result = load_one(&file, wish, &loaded->bias);
	if (result < 0)
		return result;
	loaded->entry = loaded->start = elf->entry + loaded->bias;
	loaded->header_address = elf->table_address ? elf->table_address + loaded->bias : 0;
	if (elf->interpreter_size)
		result = load_interpreter(&file, interpreter, identity, loaded);
	return result;
}
