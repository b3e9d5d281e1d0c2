/* SPDX-License-Identifier: Apache-2.0 */
/* environment.c - the environment as the user's shell gave it. */
#include "environment.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "front.h"

#define NAME "acktrace-environment-" /* and six characters that mkostemp(3) chooses */
#define OLD  60			     /* seconds; a copy is taken at once */

/* Reads all of fd, up to ENVIRONMENT_MAX. Returns the bytes, or -1; *block is allocated and has a
 * NUL behind them. */
static ssize_t read_block(int fd, char **block)
{
	size_t room = 16384, used = 0;
	char *grown;
	ssize_t n = -1;

	*block = malloc(room + 1);
	while (*block && (n = read(fd, *block + used, room - used)) > 0) {
		used += (size_t)n;
		if (used < room)
			continue;
		room *= 2;
		grown = room <= ENVIRONMENT_MAX ? realloc(*block, room + 1) : NULL;
		if (!grown)
			break;
		*block = grown;
	}
	if (!*block || n != 0) {
		free(*block);
		*block = NULL;
		return -1;
	}
	(*block)[used] = '\0';
	return (ssize_t)used;
}

static int write_block(int fd, const char *block, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, block, size);

		if (n <= 0)
			return -1;
		block += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Removes copies that nobody took, because whoever made them was killed. */
static void sweep(const char *place)
{
	DIR *directory = opendir(place);
	struct dirent *entry;
	struct stat of;

	while (directory && (entry = readdir(directory)))
		if (strncmp(entry->d_name, NAME, strlen(NAME)) == 0 &&
		    fstatat(dirfd(directory), entry->d_name, &of, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(of.st_mode) && of.st_uid == geteuid() && time(NULL) - of.st_mtime > OLD)
			unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		closedir(directory);
}

/* A new file that only the user can read, in memory where there is such a place. */
static int create(char *name, size_t size)
{
	const char *places[] = {getenv("XDG_RUNTIME_DIR"), "/dev/shm", "/tmp"};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		int fd;

		if (!places[i] || places[i][0] != '/' ||
		    (size_t)snprintf(name, size, "%s/" NAME "XXXXXX", places[i]) >= size)
			continue;
		fd = mkostemp(name, O_CLOEXEC);
		if (fd < 0)
			continue;
		sweep(places[i]);
		return fd;
	}
	return -1;
}

int environment_main(int argc, char **argv)
{
	char path[64], name[4096], *block;
	ssize_t size;
	int from, to;

	if (argc != 2)
		usage_error("a process id is needed behind", "environment");
	snprintf(path, sizeof(path), "/proc/%d/environ", atoi(argv[1]));
	from = open(path, O_RDONLY | O_CLOEXEC);
	size = from < 0 ? -1 : read_block(from, &block);
	if (size < 0)
		return STATUS_FAILED;
	to = create(name, sizeof(name));
	if (to < 0)
		return STATUS_FAILED;
	if (write_block(to, block, (size_t)size) < 0 || puts(name) < 0 || fflush(stdout) != 0) {
		unlink(name);
		return STATUS_FAILED;
	}
	return 0;
}

/* The entries of a block that ends with a NUL, as environ(7) has them. NULL without memory. */
static char **entries(char *block, size_t size)
{
	size_t count = 0, i = 0;
	char **list;

	for (const char *at = block; at < block + size; at += strlen(at) + 1)
		count++;
	list = calloc(count + 1, sizeof(*list));
	for (char *at = block; list && at < block + size; at += strlen(at) + 1)
		list[i++] = at;
	return list;
}

void environment_take(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat of;
	char *block, **list;
	ssize_t size;

	if (fd < 0)
		return;
	if (fstat(fd, &of) == 0 && S_ISREG(of.st_mode) && of.st_uid == geteuid()) {
		unlink(path);
		size = read_block(fd, &block);
		list = size < 0 ? NULL : entries(block, (size_t)size);
		if (list)
			environ = list; /* stays for the life of the process */
	}
	close(fd);
}
