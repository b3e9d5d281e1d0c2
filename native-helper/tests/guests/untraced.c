/* SPDX-License-Identifier: Apache-2.0 */
/* untraced.c - children by clone and clone3 with CLONE_UNTRACED; the flags are as before after it.
 */
#include "guest.h"

#include <linux/sched.h>

static void child(void)
{
	/* without a tracer this would be ENOSYS under a filter that reports */
	_exit(syscall(SYS_getuid) >= 0 ? 9 : 1);
}

int main(void)
{
	struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
	long flags = CLONE_UNTRACED | SIGCHLD, result = SYS_clone, after;
	int status;
	pid_t pid;

	__asm__ volatile("xor %%esi, %%esi\n\txor %%edx, %%edx\n\txor %%r10d, %%r10d\n\t"
			 "xor %%r8d, %%r8d\n\tsyscall"
			 : "+a"(result), "+D"(flags)
			 :
			 : "rsi", "rdx", "r10", "r8", "rcx", "r11", "memory");
	pid = (pid_t)result;
	CHECK(pid >= 0);
	if (pid == 0 && flags != (CLONE_UNTRACED | SIGCHLD))
		_exit(2);
	if (pid == 0)
		child();
	after = flags;
	CHECK(after == (CLONE_UNTRACED | SIGCHLD));
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 9);
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	CHECK(pid >= 0);
	if (pid == 0 && args.flags != CLONE_UNTRACED)
		_exit(2);
	if (pid == 0)
		child();
	CHECK(args.flags == CLONE_UNTRACED);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 9);
	return done();
}
