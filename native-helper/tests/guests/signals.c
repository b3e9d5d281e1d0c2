/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - a storm of signals with siginfo, among processes; SIGTRAP and SIGSEGV of its own;
 * sigqueue values; SIGSTOP and SIGCONT of a child. */
#include "guest.h"

#include <ucontext.h>

#ifdef __x86_64__
#define STORE	    "mov %%rax, (%%rax)"
#define STORE_SIZE  3
#define INSTRUCTION REG_RIP
#else
#define STORE	    "mov %%eax, (%%eax)"
#define STORE_SIZE  2
#define INSTRUCTION REG_EIP
#endif

static volatile sig_atomic_t count, value, traps, faults;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	if (signal == SIGTRAP) {
		traps++;
	} else if (signal == SIGSEGV) {
		faults += info->si_addr == (void *)16;
		u->uc_mcontext.gregs[INSTRUCTION] += STORE_SIZE;
	} else {
		count++;
		value = info->si_value.sival_int;
	}
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	union sigval queued = {.sival_int = 4711};
	int status;
	pid_t pid;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGTRAP, &action, NULL) == 0);
	CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGRTMIN, &action, NULL) == 0);
	__asm__ volatile("int3");
	CHECK(traps == 1);
	__asm__ volatile(STORE : : "a"(16L) : "memory");
	CHECK(faults == 1);
	CHECK(sigqueue(getpid(), SIGRTMIN, queued) == 0 && value == 4711);
	count = 0;
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 500; i++)
			kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0 && count > 0);
	raise(SIGTRAP);
	CHECK(traps == 2);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	CHECK(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(kill(pid, SIGCONT) == 0 && waitpid(pid, &status, WCONTINUED) == pid);
	CHECK(WIFCONTINUED(status));
	CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	return done();
}
