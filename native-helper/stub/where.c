/* SPDX-License-Identifier: Apache-2.0 */
/*
 * where.c - which mapped file an address belongs to. PROCMAP_QUERY (6.11) answers
 * without reading all of /proc/self/maps; an older kernel leaves the site out.
 */
#include "stub.h"

/* struct procmap_query of linux/fs.h, which older headers do not have. */
struct query {
	uint64_t size, flags, address;
	uint64_t start, end, vma_flags, page_size, offset, inode;
	uint32_t major, minor, name_size, build_id_size;
	uint64_t name, build_id;
};

#define VMA_READ       1 /* of vma_flags; 2 is write, 8 is shared */
#define VMA_EXECUTE    4
#define PROCMAP_QUERY_ 0xc0686611u /* _IOWR('f', 17, struct procmap_query) */
#define OPEN_FLAGS     02000000	   /* O_RDONLY | O_CLOEXEC */
#define AT_FDCWD_      (-100)

_Static_assert(sizeof(struct query) == 0x68, "the size is part of the request");

static long ask(struct query *query)
{
	long maps, result = -1;

	if (ack_process.confined)
		return -1;
	ack_open_begins();
	maps = sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of("/proc/self/maps"), OPEN_FLAGS, 0);
	if (maps >= 0) {
		result = sys3(__NR_ioctl, (uint64_t)maps, PROCMAP_QUERY_, address_of(query));
		sys1(__NR_close, (uint64_t)maps);
	}
	ack_open_ended();
	return maps < 0 ? maps : result;
}

int ack_mapping_of(uint64_t address, struct ack_mapping *mapping)
{
	struct query query = {.size = sizeof(query), .address = address};

	query.name = address_of(mapping->name);
	query.name_size = sizeof(mapping->name);
	if (ask(&query) < 0)
		return -1;
	mapping->start = query.start;
	mapping->offset = query.offset;
	mapping->inode = query.inode;
	mapping->is_text = query.name_size > 1 && query.name_size <= sizeof(mapping->name) &&
			   mapping->name[0] == '/' && query.inode != 0 &&
			   query.vma_flags == (VMA_READ | VMA_EXECUTE);
	return 0;
}

uint32_t ack_where(uint64_t address, char *name, uint32_t size, uint64_t *offset)
{
	struct query query = {.size = sizeof(query), .address = address, .name_size = size};

	query.name = address_of(name);
	if (ask(&query) < 0 || query.name_size < 2 || query.name_size > size || name[0] != '/')
		return 0;
	*offset = address - query.start + query.offset;
	return query.name_size - 1; /* without its NUL */
}
