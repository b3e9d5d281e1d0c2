/* SPDX-License-Identifier: Apache-2.0 */
/* blocked.c - every signal blocked while calls are made; handlers that block everything and call;
 * temporary masks of sigsuspend, ppoll and pselect. */
#include "guest.h"

#include <poll.h>
#include <sys/select.h>

static volatile sig_atomic_t handled;
static sigset_t all, none;

static void on_signal(int signal)
{
	(void)signal;
	syscall(SYS_getuid); /* with everything blocked */
	handled++;
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct timespec soon = {0, 1000000};
	sigset_t now, pending;

	sigfillset(&all);
	sigemptyset(&none);
	action.sa_mask = all;
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
	CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	for (int i = 0; i < 100; i++)
		syscall(SYS_getgid);
	CHECK(kill(getpid(), SIGUSR1) == 0 && handled == 0);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1);
	CHECK(sigsuspend(&none) == -1 && errno == EINTR && handled == 1);
	CHECK(kill(getpid(), SIGUSR2) == 0 && handled == 1);
	CHECK(ppoll(NULL, 0, NULL, &none) == -1 && errno == EINTR && handled == 2);
	CHECK(kill(getpid(), SIGUSR1) == 0 && handled == 2);
	CHECK(pselect(0, NULL, NULL, NULL, NULL, &none) == -1 && errno == EINTR && handled == 3);
	CHECK(ppoll(NULL, 0, &soon, &none) == 0);
	CHECK(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
	for (int signal = 1; signal < 32; signal++)
		CHECK(signal == SIGKILL || signal == SIGSTOP || sigismember(&now, signal) == 1);
	return done();
}
