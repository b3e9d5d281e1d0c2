/* SPDX-License-Identifier: Apache-2.0 */
/* restart.c - signals during blocking calls: EINTR without SA_RESTART, none with it; nanosleep
 * goes on by restart_syscall after a stop; no EINTR from calls that never give it. */
#include "guest.h"

static volatile sig_atomic_t ticks;

static void on_tick(int signal)
{
	(void)signal;
	ticks++;
}

static void tick(int flags, long first_us, long every_us)
{
	struct sigaction action = {.sa_handler = on_tick, .sa_flags = flags};
	struct itimerval timer = {{0, every_us}, {0, first_us}};

	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

int main(void)
{
	int ends[2], status;
	char byte;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	tick(0, 20000, 0);
	CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
	pid = fork();
	if (pid == 0) {
		usleep(100000);
		_exit(write(ends[1], "x", 1) != 1);
	}
	tick(SA_RESTART, 20000, 0);
	CHECK(read(ends[0], &byte, 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	pid = fork();
	if (pid == 0) {
		struct timespec nap = {0, 300000000};

		_exit(nanosleep(&nap, NULL) != 0);
	}
	usleep(50000);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	tick(0, 200, 200);
	for (int i = 0; i < 3000; i++)
		CHECK(syscall(SYS_getppid) > 0);
	tick(0, 0, 0);
	CHECK(ticks >= 2);
	return done();
}
