/* SPDX-License-Identifier: Apache-2.0 */
/* sigsys.c - the program's own filter: trap with a handler, errno, trap without, kill.
 * `sigsys kill` ends by SECCOMP_RET_KILL_PROCESS at getuid, `sigsys trap` by an unhandled trap,
 * `sigsys send` by a SIGSYS that somebody sent. */
#include "guest.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static volatile sig_atomic_t trapped;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_code == 1 && info->si_syscall == SYS_getuid)
		trapped = 1;
}

static void filter(uint32_t action)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog f = {4, program};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &f) == 0);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};

	if (argc > 1 && strcmp(argv[1], "send") == 0) {
		kill(getpid(), SIGSYS);
		return 1;
	}
	if (argc > 1) {
		filter(strcmp(argv[1], "kill") == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_TRAP);
		syscall(SYS_getuid);
		return 1;
	}
	CHECK(sigaction(SIGSYS, &action, NULL) == 0);
	filter(SECCOMP_RET_TRAP);
	syscall(SYS_getuid);
	CHECK(trapped == 1);
	filter(SECCOMP_RET_ERRNO | 77);
	syscall(SYS_getuid); /* TRAP outranks ERRNO */
	return done();
}
