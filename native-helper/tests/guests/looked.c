/* SPDX-License-Identifier: Apache-2.0 */
/*
 * looked.c - signals all the time, while files are opened and looked at: each shows the program an
 * address of its own, where a call has its result.
 */
#include "alarmed.h"

#include <dirent.h>

#define OFTEN 4000

static struct stat mine, root;

static void a_file_is_the_one_that_was_named(const char *name, const struct stat *expected)
{
	struct stat status;
	int fd = open(name, O_RDONLY), old;

	CHECK(fd >= 3 && fd < 10 && fstat(fd, &status) == 0 && status.st_ino == expected->st_ino);
	CHECK(close(fd) == 0);
	old = (int)syscall(SYS_open, name, O_RDONLY);
	CHECK(old == fd && close(old) == 0);
	CHECK(fstatat(AT_FDCWD, name, &status, 0) == 0 && status.st_ino == expected->st_ino);
	CHECK(syscall(SYS_stat, name, &status) == 0 && status.st_ino == expected->st_ino);
	CHECK(open("/no/such/exe", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(syscall(SYS_stat, "exe", &status) == -1 && errno == ENOENT);
}

static void a_list_shows_what_is_open(void)
{
	_Alignas(8) char entries[4096];
	int list = open("/proc/self/fd", O_RDONLY), found = 0;
	ssize_t n;

	while ((n = getdents64(list, entries, sizeof(entries))) > 0)
		for (ssize_t at = 0; at < n; at += ((struct dirent64 *)(entries + at))->d_reclen)
			found++;
	CHECK(n == 0 && found == 6); /* . .. 0 1 2 and the list itself */
	close(list);
}

int main(int argc, char **argv)
{
	CHECK(argc > 0 && stat(argv[0], &mine) == 0 && stat("/", &root) == 0);
	CHECK(syscall(SYS_close_range, 3, ~0U, 0) == 0);
	begin_alarms(60);
	for (int i = 0; i < OFTEN; i++) {
		a_file_is_the_one_that_was_named("/proc/self/exe", &mine);
		a_file_is_the_one_that_was_named("/proc/1/..//..", &root);
		a_list_shows_what_is_open();
	}
	end_alarms();
	return done();
}
