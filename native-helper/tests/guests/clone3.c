/* SPDX-License-Identifier: Apache-2.0 */
/* clone3.c - clone3 with and without a stack, a parent's tid, CLONE_CLEAR_SIGHAND. */
#include "guest.h"

#include <linux/sched.h>

static pid_t clone3(struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

int main(void)
{
	int tid = 0, status;
	struct clone_args plain = {.flags = CLONE_PARENT_SETTID,
				   .parent_tid = (uintptr_t)&tid,
				   .exit_signal = SIGCHLD};
	struct clone_args clear = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
	struct clone_args silent = {.exit_signal = 0};
	pid_t pid;

	pid = clone3(&plain);
	CHECK(pid >= 0);
	if (pid == 0) {
		syscall(SYS_getuid);
		_exit(5);
	}
	CHECK(tid == pid && waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);
	signal(SIGUSR1, SIG_DFL);
	pid = clone3(&clear);
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(6);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 6);
	pid = clone3(&silent);
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(8);
	CHECK(waitpid(pid, &status, __WALL) == pid && WEXITSTATUS(status) == 8);
	return done();
}
