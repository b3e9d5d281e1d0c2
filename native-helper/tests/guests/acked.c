/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acked.c - what SECCOMP_RET_ACK promised, seen from both sides: `results` prints number and result
 * of calls, whose records must say the same; `silent` makes one call in a thread and a child that
 * are older than its first sighting; `refused` waits there until a verdict that came later holds;
 * `again N` fills the ring and then makes one call N times; `ended` ends while a thread of it gives
 * up the processor.
 */
#include "guest.h"

#include <pthread.h>
#include <sys/sysinfo.h>
#include <sys/times.h>

#define SHAPES	 20000 /* more than the ring has room for */
#define REPEATED 10

static int go[2], ready[2], is_about_verdict;

/* The call with every register that it keeps known before, and looked at behind it. */
static long call(long number, long a, long b, long c)
{
	register long r10 __asm__("r10") = 0x10101010, r8 __asm__("r8") = 0x08080808;
	register long r9 __asm__("r9") = 0x09090909, r12 __asm__("r12") = 0x12121212;
	register long r13 __asm__("r13") = 0x13131313, r14 __asm__("r14") = 0x14141414;
	register long r15 __asm__("r15") = 0x15151515;
	long result, rdi = a, rsi = b, rdx = c, rbx = 0x0b0b0b0b;

	__asm__ volatile("syscall"
			 : "=a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8),
			   "+r"(r9), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15), "+b"(rbx)
			 : "0"(number)
			 : "rcx", "r11", "memory");
	CHECK(rdi == a && rsi == b && rdx == c && r10 == 0x10101010 && r8 == 0x08080808);
	CHECK(r9 == 0x09090909 && r12 == 0x12121212 && r13 == 0x13131313 && r14 == 0x14141414);
	CHECK(r15 == 0x15151515 && rbx == 0x0b0b0b0b);
	return result;
}

static void print(long number, long a, long b, long c)
{
	printf("%ld %ld\n", number, call(number, a, b, c));
}

/* Each of these is known by its result: what it was before the call is not what it is after. */
static void results(void)
{
	struct sysinfo info = {0};
	struct tms ticks;

	print(SYS_getpid, 0, 0, 0);
	print(SYS_getppid, 0, 0, 0);
	print(SYS_getpgid, 0, 0, 0);
	print(SYS_alarm, 100, 0, 0);
	CHECK(call(SYS_alarm, 0, 0, 0) == 100); /* it was executed, and once */
	print(SYS_umask, 0123, 0, 0);
	CHECK(call(SYS_umask, 0, 0, 0) == 0123);
	print(SYS_dup, 1, 0, 0);
	print(SYS_lseek, -1, 0, 0);
	print(SYS_ioctl, -1, 0, 0);
	print(SYS_sysinfo, (long)&info, 0, 0);
	CHECK(info.totalram > 0);
	print(SYS_times, (long)&ticks, 0, 0);
	print(SYS_getcwd, 0, 0, 0);
	print(SYS_sched_get_priority_max, SCHED_FIFO, 0, 0);
	print(999, 1, 2, 3);
}

static void *later(void *nothing)
{
	char byte;

	CHECK(write(ready[1], "r", 1) == 1 && read(go[0], &byte, 1) == 1);
	for (int i = 0; i < REPEATED; i++)
		CHECK(call(SYS_getpgid, 0, 0, 0) >= 0);
	for (int i = 0; is_about_verdict; i++) {
		if (call(SYS_getpgid, 0, 0, 0) == -EXDEV)
			break;
		CHECK(i < 1000);
		usleep(10000);
	}
	return nothing;
}

/* A thread and a child are there before the call has ever been made. */
static void with_those_who_are_there(void)
{
	pthread_t thread;
	char bytes[2];
	int status;
	pid_t child;

	CHECK(pipe(go) == 0 && pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		later(NULL);
		_exit(3);
	}
	CHECK(pthread_create(&thread, NULL, later, NULL) == 0);
	CHECK(read(ready[0], bytes, 1) == 1 && read(ready[0], bytes, 1) == 1);
	CHECK(call(SYS_getpgid, 0, 0, 0) >= 0);
	CHECK(write(go[1], "go", 2) == 2);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 3 << 8);
}

static void again(int count)
{
	for (int i = 1; i <= SHAPES; i++)
		syscall(SYS_getpgid, i);
	for (int i = 0; i < count; i++)
		CHECK(call(SYS_getsid, 0, 0, 0) >= 0);
}

static void share_one_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
}

static volatile int is_there;

static void *yield_once(void *nothing)
{
	is_there = 1;
	call(SYS_sched_yield, 0, 0, 0);
	for (;;)
		pause();
	return nothing;
}

static void end_while_a_thread_yields(void)
{
	pthread_t thread;

	share_one_processor();
	CHECK(pthread_create(&thread, NULL, yield_once, NULL) == 0);
	while (!is_there)
		;
	syscall(SYS_exit_group, 0);
}

int main(int argc, char **argv)
{
	CHECK(argc > 1);
	if (strcmp(argv[1], "ended") == 0)
		end_while_a_thread_yields();
	if (strcmp(argv[1], "results") == 0) {
		results();
		return 0;
	}
	is_about_verdict = strcmp(argv[1], "refused") == 0;
	if (strcmp(argv[1], "again") == 0)
		again(atoi(argv[2]));
	else
		with_those_who_are_there();
	return done();
}
