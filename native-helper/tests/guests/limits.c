/* SPDX-License-Identifier: Apache-2.0 */
/* limits.c - a program at the limit of its descriptors, and of the memory that it may lock. */
#include "guest.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define MEGABYTE (1UL << 20)

extern char **environ;

static void in_a_child(void (*what)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		what();
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 7 << 8);
}

/* Below the hard limit. */
static void use_all_descriptors(void)
{
	struct rlimit descriptors;

	CHECK(getrlimit(RLIMIT_NOFILE, &descriptors) == 0);
	descriptors.rlim_cur = 64;
	CHECK(setrlimit(RLIMIT_NOFILE, &descriptors) == 0);
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		;
	CHECK(errno == EMFILE);
}

static void no_descriptor_is_free(void)
{
	char *argv[] = {"sh", "-c", "[ $(ulimit -n) = 64 ] && exit 7; exit 8", NULL};
	char *script[] = {"limits.tmp", NULL};
	struct rlimit before, behind;
	int status;
	pid_t child;

	use_all_descriptors();
	getrlimit(RLIMIT_NOFILE, &before);
	CHECK(execve("/no/such/file", argv, environ) == -1 && errno == ENOENT);
	CHECK(execve("/dev/null", argv, environ) == -1 && errno == EACCES);
	getrlimit(RLIMIT_NOFILE, &behind);
	CHECK(memcmp(&before, &behind, sizeof(before)) == 0);
	CHECK(open("/dev/null", O_RDONLY) == -1 && errno == EMFILE);
	CHECK(posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 7 << 8);
	CHECK(posix_spawn(&child, "./limits.tmp", NULL, NULL, script, environ) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 9 << 8);
	execve("/bin/sh", argv, environ);
	_exit(99);
}

static uint64_t locked(void) /* bytes */
{
	char text[4096], *field;
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	CHECK(n > 0);
	close(fd);
	text[n] = '\0';
	field = strstr(text, "VmLck:");
	CHECK(field);
	return strtoull(field + 6, NULL, 10) * 1024;
}

static void *map(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

static void without_a_right(rlim_t limit)
{
	struct rlimit memory = {limit, limit};

	CHECK(setrlimit(RLIMIT_MEMLOCK, &memory) == 0);
	CHECK(geteuid() != 0 ||
	      (setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0));
}

static void everything_is_locked(void)
{
	uint64_t before;

	without_a_right(8 * MEGABYTE);
	map(MEGABYTE);
	CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
	before = locked();
	CHECK(before >= MEGABYTE && before < 8 * MEGABYTE);
	map(MEGABYTE);
	CHECK(locked() >= before + MEGABYTE);
	CHECK(mmap(NULL, 8 * MEGABYTE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		      MAP_FAILED &&
	      errno == EAGAIN);
	CHECK(mlockall(MCL_CURRENT) == 0); /* what comes is not locked any more */
	before = locked();
	map(MEGABYTE);
	CHECK(locked() == before && munlockall() == 0 && locked() == 0);
	CHECK(mlockall(MCL_CURRENT | MCL_ONFAULT) == 0 && locked() >= MEGABYTE);
	CHECK(mlockall(64) == -1 && errno == EINVAL);
}

static void more_than_may_be_locked_is_not(void)
{
	without_a_right(2 * MEGABYTE);
	map(4 * MEGABYTE);
	CHECK(mlockall(MCL_CURRENT) == -1 && errno == ENOMEM && locked() == 0);
}

int main(void)
{
	int fd = open("limits.tmp", O_CREAT | O_WRONLY | O_TRUNC, 0755);

	CHECK(write(fd, "#!/bin/sh\nexit 9\n", 17) == 17 && close(fd) == 0);
	in_a_child(no_descriptor_is_free);
	in_a_child(everything_is_locked);
	in_a_child(more_than_may_be_locked_is_not);
	unlink("limits.tmp");
	return done();
}
