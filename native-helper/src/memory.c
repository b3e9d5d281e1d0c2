/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - bounded reads of another process. What is read is evidence, not proof. */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096u

ssize_t memory_read(pid_t tid, uint64_t address, void *to, size_t size)
{
	struct iovec local = {to, size};
	struct iovec remote = {(void *)(uintptr_t)address, size};

	return process_vm_readv(tid, &local, 1, &remote, 1, 0);
}

ssize_t memory_write(pid_t tid, uint64_t address, const void *from, size_t size)
{
	struct iovec local = {(void *)(uintptr_t)from, size};
	struct iovec remote = {(void *)(uintptr_t)address, size};

	return process_vm_writev(tid, &local, 1, &remote, 1, 0);
}

ssize_t memory_read_string(pid_t tid, uint64_t address, char *to, size_t size, bool *truncated)
{
	size_t length = 0;

	*truncated = true;
	while (length < size) {
		size_t step = PAGE - (address + length) % PAGE;
		ssize_t n;
		char *end;

		if (step > size - length)
			step = size - length;
		n = memory_read(tid, address + length, to + length, step);
		if (n <= 0)
			return length ? (ssize_t)length : -1;
		end = memchr(to + length, 0, (size_t)n);
		if (end) {
			*truncated = false;
			return end - to;
		}
		length += (size_t)n;
	}
	return (ssize_t)length;
}

/* One line of maps: "start-end perms offset dev inode   name". */
static size_t maps_line(const char *line, size_t length, uint64_t address, char *name, size_t size,
			uint64_t *offset)
{
	char copy[5000];
	unsigned long long start, end, file_offset;
	size_t n;
	int at = -1;

	if (length >= sizeof(copy))
		return 0;
	memcpy(copy, line, length);
	copy[length] = 0;
	if (sscanf(copy, "%llx-%llx %*s %llx %*s %*s %n", &start, &end, &file_offset, &at) < 3 ||
	    at < 0 || address < start || address >= end)
		return 0;
	n = length - (size_t)at;
	if (n > size)
		n = size;
	memcpy(name, copy + at, n);
	*offset = address - start + file_offset;
	return n;
}

size_t maps_find(const char *maps, size_t length, uint64_t address, char *name, size_t size,
		 uint64_t *offset)
{
	const char *end = maps + length;

	while (maps < end) {
		const char *newline = memchr(maps, '\n', (size_t)(end - maps));
		size_t n = (size_t)((newline ? newline : end) - maps);
		size_t found = maps_line(maps, n, address, name, size, offset);

		if (found || !newline)
			return found;
		maps = newline + 1;
	}
	return 0;
}

static int proc_open(pid_t tid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, file);
	return open(path, O_RDONLY | O_CLOEXEC);
}

size_t proc_read(pid_t tid, const char *file, char *to, size_t size)
{
	int fd = proc_open(tid, file);
	size_t length = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while (length < size - 1 && (n = read(fd, to + length, size - 1 - length)) > 0)
		length += (size_t)n;
	to[length] = 0;
	close(fd);
	return length;
}

/* struct procmap_query and PROCMAP_QUERY of linux/fs.h, since Linux 6.11. */
struct map_query {
	uint64_t size, query_flags, query_address;
	uint64_t start, end, flags, page_size, offset, inode;
	uint32_t device_major, device_minor;
	uint32_t name_size, build_id_size;
	uint64_t name_address, build_id_address;
};
#define MAP_QUERY _IOWR('f', 17, struct map_query)

/* Asks the kernel for the one mapping. False: it cannot be asked, or found none. */
static bool query_map(int fd, uint64_t address, char *name, size_t size, size_t *length,
		      uint64_t *offset)
{
	static char room[4096];
	struct map_query query = {
		.size = sizeof(query),
		.query_address = address,
		.name_size = sizeof(room),
		.name_address = (uint64_t)(uintptr_t)room,
	};

	if (ioctl(fd, MAP_QUERY, &query) < 0 || query.name_size > sizeof(room))
		return false;
	*length = query.name_size ? query.name_size - 1 : 0; /* the NUL is counted */
	if (*length > size)
		*length = size;
	memcpy(name, room, *length);
	*offset = address - query.start + query.offset;
	return true;
}

size_t memory_site(pid_t tid, uint64_t address, char *name, size_t size, uint64_t *offset)
{
	static char window[65536]; /* the supervisor has one thread */
	int fd = proc_open(tid, "maps");
	size_t kept = 0, found = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	if (query_map(fd, address, name, size, &found, offset)) {
		close(fd);
		return found;
	}
	while (!found && (n = read(fd, window + kept, sizeof(window) - kept)) > 0) {
		size_t length = kept + (size_t)n;
		char *last = memrchr(window, '\n', length);

		if (!last)
			break;
		found = maps_find(window, (size_t)(last + 1 - window), address, name, size, offset);
		kept = length - (size_t)(last + 1 - window);
		memmove(window, last + 1, kept);
	}
	close(fd);
	return found;
}

long status_field(const char *status, const char *field)
{
	const char *line = status;
	size_t n = strlen(field);

	while (line && strncmp(line, field, n) != 0) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return line ? strtol(line + n, NULL, 10) : -1;
}
