/* SPDX-License-Identifier: Apache-2.0 */
/* sigsys.c - the program's own filter: trap with a handler, errno, trap without, kill.
 * `sigsys kill` ends by SECCOMP_RET_KILL_PROCESS at getuid, `sigsys trap` by an unhandled trap,
 * `sigsys send` by a SIGSYS that somebody sent, `sigsys nested` by a trap in the handler of one.
 * `sigsys held` looks at what is blocked in handlers. */
#include "guest.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static volatile sig_atomic_t trapped, depth, deepest, taken;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_code == 1 && info->si_syscall == SYS_getuid)
		trapped = 1;
}

static void on_sigsys_that_traps(int signal, siginfo_t *info, void *context)
{
	on_sigsys(signal, info, context);
	syscall(SYS_getuid);
}

static int is_held(void)
{
	uint64_t now;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8L) == 0);
	return (int)(now >> (SIGSYS - 1) & 1);
}

/* Sends one to itself at each level but the third. */
static void on_sent(int signal)
{
	if (++depth > deepest)
		deepest = depth;
	if (signal == SIGSYS)
		taken++;
	trapped = is_held();
	if (taken < 3)
		CHECK(kill(getpid(), SIGSYS) == 0);
	depth--;
}

static void handle(int signal, int flags, int held)
{
	struct sigaction action = {.sa_handler = on_sent, .sa_flags = flags};

	if (held)
		sigaddset(&action.sa_mask, SIGSYS);
	CHECK(sigaction(signal, &action, NULL) == 0);
	depth = deepest = taken = 0;
}

/* A handler of it holds it back until it returns, unless it does not want that; one of another
 * signal does so if it is told to. */
static void handlers_hold_it_back(void)
{
	static const struct {
		int flags, held, deepest;
	} cases[] = {{0, 0, 1}, {0, 1, 1}, {SA_NODEFER, 0, 3}, {SA_NODEFER, 1, 1}};

	for (unsigned i = 0; i < 4; i++) {
		handle(SIGSYS, cases[i].flags, cases[i].held);
		CHECK(kill(getpid(), SIGSYS) == 0);
		CHECK(taken == 3 && deepest == cases[i].deepest);
		CHECK(trapped == (cases[i].deepest == 1) && !is_held());
	}
	for (int held = 0; held <= 1; held++) {
		handle(SIGSYS, 0, 0);
		handle(SIGUSR1, 0, held);
		CHECK(raise(SIGUSR1) == 0);
		CHECK(taken == 3 && deepest == (held ? 1 : 2));
		CHECK(!is_held());
	}
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
	if (argc > 1 && strcmp(argv[1], "held") == 0) {
		handlers_hold_it_back();
		return done();
	}
	if (argc > 1 && strcmp(argv[1], "nested") == 0) {
		action.sa_sigaction = on_sigsys_that_traps;
		CHECK(sigaction(SIGSYS, &action, NULL) == 0);
		filter(SECCOMP_RET_TRAP);
		syscall(SYS_getuid);
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
