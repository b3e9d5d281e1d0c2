/* SPDX-License-Identifier: Apache-2.0 */
/*
 * int80.c - a 64-bit program that enters the kernel by int 0x80, where other numbers hold (20 is
 * getpid) and pointers have 32 bits. Calls that a watcher in the process lives on are made so, too.
 */
#include "guest.h"

#include <sys/mman.h>

#define STUB_TEXT	  0x70000000UL
#define I386(number, ...) int80(number, (const uint64_t[5]){__VA_ARGS__})
#define LOW(pointer)	  ((uint64_t)(uintptr_t)(pointer))

enum {
	CLOSE = 6,
	EXECVE = 11,
	GETPID = 20,
	DUP2 = 63,
	READLINK = 85,
	MUNMAP = 91,
	MPROTECT = 125,
	RT_SIGACTION = 174,
	RT_SIGPROCMASK = 175,
	EXECVEAT = 358,
	CLOSE_RANGE = 436,
};

static char *low; /* memory that 32-bit pointers reach */

static long int80(long number, const uint64_t *a)
{
	long result = number;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
			 : "r8", "r9", "r10", "r11", "memory");
	return result;
}

static uint64_t mask(void)
{
	uint64_t set = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &set, 8) == 0);
	return set;
}

static void masks_are_those_of_the_64_bit_calls(void)
{
	uint64_t *set = (uint64_t *)low, *old = set + 1;

	*set = ~0ULL;
	CHECK(I386(RT_SIGPROCMASK, SIG_SETMASK, LOW(set), LOW(old), 8) == 0 && *old == 0);
	CHECK((mask() | 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1)) == ~0ULL);
	*set = 1 << (SIGUSR1 - 1);
	CHECK(I386(RT_SIGPROCMASK, SIG_SETMASK, LOW(set), 0, 8) == 0 && mask() == *set);
	*set = 0;
	CHECK(I386(RT_SIGPROCMASK, SIG_SETMASK, LOW(set), 0, 8) == 0 && mask() == 0);
	CHECK(I386(RT_SIGPROCMASK, 77, LOW(set), 0, 8) == -EINVAL);
	memset(low, 0, 64); /* the default action, for SIGSYS */
	I386(RT_SIGACTION, SIGSYS, LOW(low), 0, 8);
	CHECK(getppid() > 0);
}

static void everything_can_be_closed(void)
{
	int null = open("/dev/null", O_RDONLY);

	CHECK(I386(DUP2, (uint64_t)null, 900) == 900 && I386(CLOSE, 900) == 0);
	for (uint64_t fd = 3; fd < 5000; fd++)
		I386(CLOSE, fd);
	CHECK(fcntl(null, F_GETFD) == -1);
	CHECK(I386(CLOSE_RANGE, 3, ~0U, 0) == 0);
}

static void mappings_of_nobody_stay(int stub)
{
	if (stub)
		CHECK(I386(MUNMAP, STUB_TEXT, 1 << 20) < 0 &&
		      I386(MPROTECT, STUB_TEXT, 1 << 20, PROT_NONE) < 0);
	CHECK(I386(MUNMAP, LOW(low) + 8192, 4096) == 0 && getppid() > 0);
}

static void the_executable_is_its_own(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	strcpy(low, "/proc/self/exe");
	CHECK(I386(READLINK, LOW(low), LOW(low + 100), 4096 - 100) == n);
	CHECK(memcmp(low + 100, path, (size_t)n) == 0);
}

/* By the number of execve (0) or execveat (1). */
static int executes(int at, const char *path)
{
	uint32_t *argv = (uint32_t *)(low + 1024), *envp = argv + 8;
	char *words = low + 2048;
	int status;
	pid_t child;

	strcpy(low, path);
	strcpy(words, "sh");
	strcpy(words + 10, "-c");
	strcpy(words + 20, "[ \"$1$WORD\" = onetwo ] && exit 7");
	strcpy(words + 100, "one");
	strcpy(words + 110, "WORD=two");
	for (int i = 0; i < 3; i++)
		argv[i] = (uint32_t)LOW(words + 10 * i);
	argv[3] = argv[0];
	argv[4] = (uint32_t)LOW(words + 100);
	argv[5] = 0;
	envp[0] = (uint32_t)LOW(words + 110);
	envp[1] = 0;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		long result =
			at ? I386(EXECVEAT, (uint32_t)AT_FDCWD, LOW(low), LOW(argv), LOW(envp))
			   : I386(EXECVE, LOW(low), LOW(argv), LOW(envp));
		_exit(getppid() > 0 ? (int)-result : 99);
	}
	CHECK(waitpid(child, &status, 0) == child);
	return status;
}

static void it_executes(void)
{
	for (int at = 0; at < 2; at++) {
		CHECK(executes(at, "/bin/sh") == 7 << 8);
		CHECK(executes(at, "/no/such/file") == ENOENT << 8);
		CHECK(executes(at, "/dev/null") == EACCES << 8);
	}
}

int main(int argc, char **argv)
{
	long pid = I386(GETPID, 0);

	(void)argv;
	if (pid == -ENOSYS)
		return done();
	CHECK(pid == getpid());
	low = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		   -1, 0);
	CHECK(low != MAP_FAILED);
	it_executes();
	the_executable_is_its_own();
	masks_are_those_of_the_64_bit_calls();
	everything_can_be_closed();
	mappings_of_nobody_stay(argc > 1);
	it_executes();
	return done();
}
