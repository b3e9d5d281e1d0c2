/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor.h - filters that cost the least: what no way of watching by filters goes below.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Installs a filter for this process and its children; 0, or -1. "all" allows everything, which the
 * kernel finds out beforehand and does not run; "address" looks at the address of the call, which
 * is the least that a tracer inside the process needs, and allows it.
 */
static inline int install_floor(const char *which)
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

#endif
