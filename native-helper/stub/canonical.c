/* SPDX-License-Identifier: Apache-2.0 */
#include "canonical.h"
#include "sys.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/magic.h>

#define LINKS	     16
#define OPENAT2	     437
#define NO_SYMLINKS_ 4		/* RESOLVE_NO_SYMLINKS, linux/openat2.h */
#define BTRFS_MAGIC_ 0x9123683e /* those that linux/magic.h may lack */
#define ZFS_MAGIC_   0x2fc12fc1

/* struct open_how of linux/openat2.h (5.6). */
struct how {
	uint64_t flags, mode, resolve;
};

static void drop_last(char *name, size_t *size)
{
	while (*size > 0 && name[--*size] != '/')
		;
	name[*size] = '\0';
}

/* Takes the first component off; its size, 0: there is none. */
static size_t next_component(const char **path, const char **component)
{
	while (**path == '/')
		++*path;
	*component = *path;
	while (**path && **path != '/')
		++*path;
	return (size_t)(*path - *component);
}

static int put(char *to, size_t *size, const char *text, size_t length)
{
	if (length >= ACK_CANONICAL_MAX - *size)
		return -1;
	memmove(to + *size, text, length);
	*size += length;
	to[*size] = '\0';
	return 0;
}

int ack_canonical_follow(char path[ACK_CANONICAL_MAX],
			 long (*read_link)(const char *name, char *to, size_t size))
{
	char link[ACK_CANONICAL_MAX], *last = path;
	const char *rest = path, *component;
	size_t size, length;

	while ((length = next_component(&rest, &component)) > 0) {
		char *end = path + (rest - path), saved = *end;
		long n;

		*end = '\0';
		n = read_link(path, link, sizeof(link) - 1);
		*end = saved;
		if (n == -EINVAL) {
			last = end;
			continue;
		}
		if (n <= 0 || n >= (long)sizeof(link) - 1)
			return -1;
		/* The link, what followed it, and all that behind what was before it. */
		size = (size_t)n;
		if (put(link, &size, rest, strlen(rest)) < 0)
			return -1;
		length = link[0] == '/' ? 0 : (size_t)(last - path);
		if (link[0] != '/' && put(path, &length, "/", 1) < 0)
			return -1;
		return put(path, &length, link, size) < 0 ? -1 : 1;
	}
	return 0;
}

int ack_canonical_put(char name[ACK_CANONICAL_MAX], const char *path)
{
	size_t size = strlen(name), length = strlen(path);
	const char *component;

	if (length == 0 || path[length - 1] == '/')
		return -1;
	while ((length = next_component(&path, &component)) > 0) {
		if (length == 1 && component[0] == '.')
			continue;
		if (length == 2 && component[0] == '.' && component[1] == '.')
			drop_last(name, &size);
		else if (put(name, &size, "/", 1) < 0 || put(name, &size, component, length) < 0)
			return -1;
	}
	return size > 0 ? 0 : -1;
}

static long read_link(const char *name, char *to, size_t size)
{
	return sys3(__NR_readlink, address_of(name), address_of(to), size);
}

static long open_without_links(const char *path, uint64_t flags)
{
	struct how how = {flags, 0, NO_SYMLINKS_};

	return sys4(OPENAT2, (uint64_t)AT_FDCWD, address_of(path), address_of(&how), sizeof(how));
}

/* File systems in which a name has one spelling, and the kernel knows a file by that. */
static int has_one_spelling(long fd)
{
	uint64_t filesystem[32]; /* struct statfs; f_type is its first word */

	if (sys3(__NR_fstatfs, (uint64_t)fd, address_of(filesystem), 0) < 0)
		return 0;
	switch (filesystem[0]) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_MAGIC_:
	case ZFS_MAGIC_:
	case TMPFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case SQUASHFS_MAGIC:
		return 1;
	default:
		return 0;
	}
}

/* Where relative paths begin. */
static int put_directory(char name[ACK_CANONICAL_MAX])
{
	long size = sys3(__NR_getcwd, address_of(name), ACK_CANONICAL_MAX, 0);

	if (size < 2 || name[0] != '/') /* "(unreachable)…" */
		return -1;
	if (size == 2)
		name[0] = '\0';
	return 0;
}

static int starts_with(const char *path, const char *start)
{
	while (*start)
		if (*path++ != *start++)
			return 0;
	return 1;
}

/* Directories that are links in most systems: to try them as they are is a call for nothing. */
static int is_likely_link(const char *path)
{
	return starts_with(path, "/bin/") || starts_with(path, "/sbin/");
}

/* Opens what an absolute path leads to, by the path without links that `path` becomes. */
static long open_behind_links(char path[ACK_CANONICAL_MAX], uint64_t flags)
{
	long fd = -ELOOP;

	for (int links = 0; fd == -ELOOP && links < LINKS; links++) {
		if (ack_canonical_follow(path, read_link) < 0)
			return -1;
		fd = open_without_links(path, flags);
	}
	return fd;
}

long ack_canonical_open(int directory, const char *path, uint64_t flags,
			char name[ACK_CANONICAL_MAX])
{
	char absolute[ACK_CANONICAL_MAX];
	int is_relative = path[0] != '/';
	size_t size = 0, length = strlen(path);
	long fd;

	if (length == 0 || length >= sizeof(absolute) || (is_relative && directory != AT_FDCWD))
		return -1;
	absolute[0] = '\0';
	fd = is_likely_link(path) ? -ELOOP : open_without_links(path, flags);
	if ((fd < 0 && fd != -ELOOP) || (is_relative && put_directory(absolute) < 0))
		length = 0;
	size = strlen(absolute);
	if (length == 0 || put(absolute, &size, "/", (size_t)is_relative) < 0 ||
	    put(absolute, &size, path, length) < 0)
		size = 0;
	if (size > 0 && fd == -ELOOP)
		fd = open_behind_links(absolute, flags);
	name[0] = '\0';
	if (fd >= 0 && size > 0 && ack_canonical_put(name, absolute) == 0 && has_one_spelling(fd))
		return fd;
	if (fd >= 0)
		sys1(__NR_close, (uint64_t)fd);
	return -1;
}
