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

#define HEAD_SIZE 1024		 /* bytes of a file that are read at once */
#define APART_MAX 0x200000	 /* the kernel may align larger mappings */
#define DOWNWARDS 0x400000000000 /* mappings go downwards from above it, or upwards from below */

/* A file on its way into memory. Most tables are in the head: the large arrays are touched by
 * nobody then, and cost no page. */
struct file {
	int fd;
	uint64_t identity; /* early.h */
	long size;	   /* bytes of head */
	int place;	   /* MAP_FIXED: segments go over a reservation, or MAP_FIXED_NOREPLACE */
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

/* Maps at that address and nowhere else. Kernels before 4.17 take MAP_FIXED_NOREPLACE for a wish.
 */
static int map_at(const struct file *file, uint64_t address, uint64_t size, int protection, int fd,
		  uint64_t offset)
{
	int flags = MAP_PRIVATE | file->place | (fd < 0 ? MAP_ANONYMOUS : 0);
	long at = map(address, size, protection, flags, fd, offset);

	if (at == (long)address)
		return 0;
	if (at > 0)
		sys3(__NR_munmap, (uint64_t)at, size, 0);
	return -ENOMEM;
}

static void unmap_segment(const struct ack_segment *s)
{
	if (s->anonymous_end > s->address)
		sys3(__NR_munmap, s->address, s->anonymous_end - s->address, 0);
}

/* `is_there`: the file part is mapped already. After a failure nothing of it is mapped. */
static int map_segment(const struct file *file, const struct ack_segment *s, int is_there)
{
	if (s->size && !is_there &&
	    map_at(file, s->address, s->size, s->protection, file->fd, s->offset) < 0)
		return -ENOMEM;
	if (s->zero < s->zero_end) {
		/* Whatever the file has behind its part, the target may count on zeros. */
		if (!(s->protection & PROT_WRITE))
			sys3(__NR_mprotect, s->address, s->size, PROT_READ | PROT_WRITE);
		memset((void *)(uintptr_t)s->zero, 0, s->zero_end - s->zero);
		if (!(s->protection & PROT_WRITE))
			sys3(__NR_mprotect, s->address, s->size, (uint64_t)s->protection);
	}
	if (s->anonymous < s->anonymous_end &&
	    map_at(file, s->anonymous, s->anonymous_end - s->anonymous, s->protection, -1, 0) < 0) {
		if (s->size)
			sys3(__NR_munmap, s->address, s->size, 0);
		return -ENOMEM;
	}
	return 0;
}

/* The first PT_LOAD, unbiased, if its file part is the start of the image: as in the kernel, its
 * mapping is made as large as the whole image, and the others are put over it. NULL: it is not. */
static const Elf64_Phdr *starts_with(const struct file *file, struct ack_segment *first)
{
	for (uint32_t i = 0; i < file->elf->count; i++) {
		if (file->table[i].p_type != PT_LOAD)
			continue;
		ack_elf_segment(&file->table[i], 0, first);
		return first->size && first->address == file->elf->low &&
				       file->elf->align == ACK_PAGE
			       ? &file->table[i]
			       : NULL;
	}
	return NULL;
}

/* Reserves the address range of an image. `wish`: 0 anywhere. Returns the bias, or 1 (never a
 * bias). Sets *there to the PT_LOAD that is mapped by that, NULL: none is. */
static uint64_t reserve(const struct file *file, uint64_t wish, const Elf64_Phdr **there)
{
	const struct ack_elf *elf = file->elf;
	uint64_t span = elf->high - elf->low, slack = elf->align - ACK_PAGE, start;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	struct ack_segment first = {.protection = PROT_NONE};
	int fd = -1;
	long at;

	*there = starts_with(file, &first);
	if (*there) {
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
	if (map_at(file, s->address, s->size, PROT_READ | PROT_WRITE, file->fd, s->offset) < 0)
		return 0;
	if (ack_early_change(s->address, s->size, end) &&
	    sys3(__NR_mprotect, s->address, s->size, PROT_READ | PROT_EXEC) == 0)
		return 1;
	ack_early_forget();
	sys3(__NR_munmap, s->address, s->size, 0);
	return 0;
}

static int map_text(const struct file *file, const Elf64_Phdr *header, const struct ack_segment *s,
		    int is_there)
{
	uint64_t end = s->address + header->p_vaddr % ACK_PAGE + header->p_filesz;
	int result;

	if (!is_there && ack_early_is_ready(file->identity) && map_early(file, s, end))
		return 0;
	result = map_segment(file, s, is_there);
	if (result == 0)
		ack_early_watch(file->identity, s->address, s->size, end);
	return result;
}

static int map_load(const struct file *file, const Elf64_Phdr *header, uint64_t bias, int is_there)
{
	struct ack_segment segment;

	ack_elf_segment(header, bias, &segment);
	if (file->identity && segment.protection == (PROT_READ | PROT_EXEC) &&
	    header->p_memsz == header->p_filesz)
		return map_text(file, header, &segment, is_there);
	return map_segment(file, &segment, is_there);
}

/* Maps each PT_LOAD; of that of the header `there` the file part is mapped already, NULL: of none.
 * Returns 0, or -errno and in *failed which one could not be mapped. */
static int map_image(const struct file *file, uint64_t bias, const Elf64_Phdr *there,
		     uint32_t *failed)
{
	for (uint32_t i = 0; i < file->elf->count; i++) {
		const Elf64_Phdr *header = &file->table[i];
		int result = 0;

		if (header->p_type == PT_LOAD)
			result = map_load(file, header, bias, header == there);
		if (result < 0) {
			*failed = i;
			return result;
		}
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

/* The last PT_LOAD, if it is the end of the image and has bytes of the file. */
static const Elf64_Phdr *ends_with(const struct file *file, struct ack_segment *last)
{
	const Elf64_Phdr *header = NULL;

	for (uint32_t i = 0; i < file->elf->count; i++)
		if (file->table[i].p_type == PT_LOAD)
			header = &file->table[i];
	ack_elf_segment(header, 0, last);
	return last->size && last->anonymous_end == file->elf->high ? header : NULL;
}

/* Maps the end of an image where mappings go by themselves. They go downwards, so what is below it
 * is free, unless the target has the old layout (as by personality(2)). Returns the bias, or 1. */
static uint64_t map_end(const struct file *file, const Elf64_Phdr **there)
{
	uint64_t size = file->elf->high - file->elf->low;
	struct ack_segment last;
	long at;

	*there = size < APART_MAX ? ends_with(file, &last) : NULL;
	if (!*there)
		return 1;
	size = last.anonymous_end - last.address;
	at = map(0, size, last.protection, MAP_PRIVATE, file->fd, last.offset);
	if (at > 0 && (uint64_t)at > DOWNWARDS)
		return (uint64_t)at - last.address;
	if (at > 0)
		sys3(__NR_munmap, (uint64_t)at, size, 0);
	return 1;
}

/* Maps an image segment by segment, without a reservation that each of them would have to split,
 * if all of its addresses are free. Returns 0, or -ENOMEM and nothing is mapped. */
static int load_apart(struct file *file, uint64_t wish, uint64_t *bias)
{
	const Elf64_Phdr *there = NULL;
	struct ack_segment segment;
	uint32_t failed;

	if (file->elf->align != ACK_PAGE)
		return -ENOMEM;
	*bias = file->elf->type == ET_EXEC ? 0
		: wish			   ? wish - file->elf->low
					   : map_end(file, &there);
	if (*bias == 1)
		return -ENOMEM;
	file->place = MAP_FIXED_NOREPLACE;
	if (map_image(file, *bias, there, &failed) == 0)
		return 0;
	ack_early_forget();
	for (uint32_t i = 0; i < file->elf->count; i++) {
		const Elf64_Phdr *header = &file->table[i];

		if (header != there && (i >= failed || header->p_type != PT_LOAD))
			continue;
		ack_elf_segment(header, *bias, &segment);
		unmap_segment(&segment);
	}
	return -ENOMEM;
}

static int load_one(struct file *file, uint64_t wish, uint64_t *bias)
{
	const Elf64_Phdr *there;
	uint32_t failed;
	int result;

	if (load_apart(file, wish, bias) == 0)
		return 0;
	file->place = MAP_FIXED;
	*bias = reserve(file, wish, &there);
	if (*bias == 1)
		return -ENOMEM;
	result = map_image(file, *bias, there, &failed);
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
