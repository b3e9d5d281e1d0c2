/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigsys - a program that uses SIGSYS itself: its own filter traps getppid, its
 * handler answers, and a SIGSYS sent by kill arrives as what it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t trapped, sent, number;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	(void)signal;
	if (info->si_code == 1 /* SYS_SECCOMP */) {
		trapped = trapped + 1;
		number = info->si_syscall;
		user->uc_mcontext.gregs[REG_RAX] = 4711;
	} else {
		sent = sent + 1;
	}
}

int main(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, filter};
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_sigsys;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGSYS, &action, NULL);
	raise(SIGSYS);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return 1;
	printf("answer %ld\n", syscall(SYS_getppid));
	printf("trapped %d number %d sent %d\n", (int)trapped, (int)number, (int)sent);
	return 0;
}
