/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foreign-abi int80|x32|vsyscall|odd - calls that do not come through the 64-bit
 * instruction with a number of the 64-bit table.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long int80(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(second), "d"(third)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void with_int80(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	printf("getpid %s\n", int80(20, 0, 0, 0) == getpid() ? "agrees" : "differs");
	fflush(stdout);
	strcpy(low, "written by int 0x80\n");
	int80(4, 1, (long)low, (long)strlen(low));
	printf("getpgid of nobody: %s\n", strerror((int)-int80(132, 0x3fffffff, 0, 0)));
	printf("unknown: %s\n", strerror((int)-int80(1000, 0, 0, 0)));
}

static sigjmp_buf back;

static void jump_back(int signal)
{
	siglongjmp(back, signal);
}

static void with_vsyscall(void)
{
	time_t (*page_time)(time_t *) = (time_t(*)(time_t *))0xffffffffff600400UL;

	signal(SIGSEGV, jump_back);
	if (sigsetjmp(back, 1) != 0)
		printf("no vsyscall page\n");
	else
		printf("time %s\n", page_time(NULL) > 1000000000 ? "told" : "wrong");
}

static void with_odd_numbers(void)
{
	const long numbers[] = {400, 423, 512, 999, 1023, 1024, 4096, 0x3fffffff, 0x7fffffff, -1};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long result = syscall(numbers[i], 0, 0, 0, 0, 0, 0);

		printf("%ld: %s\n", numbers[i], result == -1 ? strerror(errno) : "a result");
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "int80") == 0)
		with_int80();
	else if (strcmp(argv[1], "x32") == 0)
		printf("x32 getpid: %s\n", syscall(0x40000000L | SYS_getpid) == -1 ? strerror(errno) : "a result");
	else if (strcmp(argv[1], "vsyscall") == 0)
		with_vsyscall();
	else
		with_odd_numbers();
	return 0;
}
