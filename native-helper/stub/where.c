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

#define PROCMAP_QUERY_ 0xc0686611u /* _IOWR('f', 17, struct procmap_query) */
#define OPEN_FLAGS     02000000	   /* O_RDONLY | O_CLOEXEC */
#define AT_FDCWD_      (-100)

_Static_assert(sizeof(struct query) == 0x68, "the size is part of the request");

uint32_t ack_where(uint64_t address, char *name, uint32_t size, uint64_t *offset)
{
	struct query query = {.size = sizeof(query), .address = address, .name_size = size};
	long maps, result;

	if (ack_process.confined)
		return 0;
	maps = sys4(__NR_openat, (uint64_t)AT_FDCWD_, address_of("/proc/self/maps"), OPEN_FLAGS, 0);
	if (maps < 0)
		return 0;
	query.name = address_of(name);
	result = sys3(__NR_ioctl, (uint64_t)maps, PROCMAP_QUERY_, address_of(&query));
	sys1(__NR_close, (uint64_t)maps);
	if (result < 0 || query.name_size < 2 || query.name_size > size || name[0] != '/')
		return 0;
	*offset = address - query.start + query.offset;
	return query.name_size - 1; /* without its NUL */
}
