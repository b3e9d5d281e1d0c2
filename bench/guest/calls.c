/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls COUNT [all|address] - makes COUNT getppid calls and prints the nanoseconds that one took.
 * First it installs a filter of its own, if it is asked to: one that allows everything, which the
 * kernel finds out beforehand and does not run; or one that looks at the address of the call, which
 * is the least that a tracer inside the process needs, and allows it.
 *
 * getppid(2) is the cheapest call there is, so what is added to it is seen at its worst. The clock
 * is read through the vDSO; nothing else is called between the two readings.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int install(const char *which)
{
	static struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	static struct sock_filter address[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(all) / sizeof(*all), all};

	if (strcmp(which, "address") == 0)
		program = (struct sock_fprog){sizeof(address) / sizeof(*address), address};
	else if (strcmp(which, "all") != 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
			    &program);
}

int main(int argc, char **argv)
{
	long count = argc >= 2 ? atol(argv[1]) : 0;
	double begun;

	if (count <= 0 || argc > 3 || (argc == 3 && install(argv[2]) < 0)) {
		fprintf(stderr, "usage: calls COUNT [all|address]\n");
		return 2;
	}
	begun = now();
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	printf("%.1f\n", (now() - begun) / (double)count);
	return 0;
}
