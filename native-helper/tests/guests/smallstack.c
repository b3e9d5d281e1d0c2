/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smallstack.c - a child that shares memory stands on a stack on which a signal frame just finds
 * room, as that of musl's posix_spawn. It makes calls that nobody has seen yet, with paths and
 * addresses, and executes; what lies below its stack stays as it is.
 */
#include "guest.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SPARE 1200 /* bytes for the child itself, and for whoever looks at its calls */
#define BELOW 65536

static char *const words[] = {"true", NULL};
static struct stat status;
static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/no/such/socket"};
static int number_of_calls;

/* No C library: its wrappers have frames of their own. */
static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(0)
			 : "rcx", "r11", "memory");
	return result;
}

static int child_of(void *nothing)
{
	(void)nothing;
	for (int i = 0; i < number_of_calls; i++) {
		call(SYS_stat, (long)"/etc/hostname", (long)&status, 0);
		call(SYS_mkdir, (long)"/no/such/directory/at/all", 0755, 0);
		call(SYS_rename, (long)"/no/such/one", (long)"/no/such/other", 0);
		call(SYS_connect, 99, (long)&address, sizeof(address));
		call(SYS_close, 99, 0, 0);
		call(SYS_dup2, 98, 97, 0);
	}
	call(SYS_execve, (long)"/no/such/program", (long)words, 0);
	call(SYS_execve, (long)"/bin/true", (long)words, 0);
	call(SYS_exit_group, 1, 0, 0);
	return 1;
}

int main(void)
{
	size_t frame = getauxval(51 /* AT_MINSIGSTKSZ */), size = (frame + SPARE) & ~63UL;
	char *memory = mmap(NULL, BELOW + 65536, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(frame > 0 && memory != MAP_FAILED);
	for (int round = 0; round < 3; round++) {
		int flags = CLONE_VM | SIGCHLD | (round == 2 ? 0 : CLONE_VFORK), end;
		pid_t child;

		memset(memory, 0x5a, BELOW);
		number_of_calls = round == 0 ? 1 : 60;
		child = clone(child_of, memory + BELOW + size, flags, NULL);
		CHECK(child > 0 && waitpid(child, &end, 0) == child && end == 0);
		for (size_t i = 0; i < BELOW; i++)
			CHECK(memory[i] == 0x5a);
	}
	return done();
}
